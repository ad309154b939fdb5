"""«Ho cambiato recapiti»: what a citizen tells from her notice waits for an official, and changes nothing by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Instalment, Position
from frontline.portal.rate_limit import PER_NOTICE
from paybox.kernel.models import AuditEntry
from registry.models import AddressProposal, Contact, ContactProposal, Subject
from registry.selectors.contacts import best_contacts
from registry.services.consents import withdraw_consent
from tests.build import AT
from tests.pages import text_of
from tests.portal.conftest import Found

ADDRESS = {
    "street": "v.le Europa",
    "civic": "7",
    "cap": "00011",
    "city": "Tivoli",
    "province": "Roma",
}
REACH = {"email": "nuova@posta.example", "mobile": "333 999 0001"}


@pytest.fixture
def tell(citizen: Client, find: Callable[..., Found], tari: Instalment) -> Callable[..., Any]:
    path = find(tari).path

    def call(**given: str) -> Any:
        return citizen.post(f"{path}recapiti/", given)

    return call


def subject() -> Subject:
    return Subject.objects.get(codice_fiscale="RSSMRA80A01H501U")


def test_it_waits_for_an_official_who_takes_it(tell: Any, visit: Any, valle: Any) -> None:
    answer = tell(**ADDRESS, **REACH)
    assert answer.status_code == 302
    with schema_context("borgo"):
        hers = subject()
        assert (hers.street, hers.contacts.count()) == ("Via Roma", 2), "nothing changes by itself"
        proposal, mail = AddressProposal.objects.get(), ContactProposal.objects.get(kind="EMAIL")
        assert (proposal.lines, proposal.source) == ("Viale Europa 7, 00011 Tivoli (RM)", "PORTALE")
        mobile = ContactProposal.objects.get(kind="MOBILE")
        assert (mail.value, mobile.value) == ("nuova@posta.example", "+393339990001")
    elena, page = visit("elena@example.org"), "/ufficio/contribuenti/indirizzi/"
    shown = text_of(elena.get(page))
    for words in ("Viale Europa 7", "nuova@posta.example", "Detto dal contribuente", "PROVA"):
        assert words in shown
    assert "nuova@posta.example" in text_of(elena.get(f"/ufficio/contribuenti/{hers.uuid}/"))
    assert (
        visit("bruno@example.org").post(f"/ufficio/contribuenti/recapiti/{mail.pk}/").status_code
        == 403
    )
    taken = elena.post(f"/ufficio/contribuenti/recapiti/{mail.pk}/", {"accogli": "1"}, follow=True)
    assert "Il recapito è nell'anagrafe" in text_of(taken)
    elena.post(f"{page}{proposal.pk}/", {"accogli": "1"})
    no = f"/ufficio/contribuenti/recapiti/{mobile.pk}/"
    assert "Scrivere perché" in text_of(elena.post(no, {"reason": ""}, follow=True))
    elena.post(no, {"reason": "Non risponde lei"})
    with schema_context("borgo"):
        assert best_contacts(kind="EMAIL", subject_ids=[hers.pk]) == {
            hers.pk: "nuova@posta.example"
        }
        assert best_contacts(kind="MOBILE", subject_ids=[hers.pk]) == {hers.pk: "+393331234567"}
        assert subject().street == "Viale Europa"
        assert Contact.objects.get(value="nuova@posta.example").source == "Detto dal contribuente"
        assert AuditEntry.objects.filter(action="registry.contact.taken").count() == 1
    with schema_context("valle"):
        assert not ContactProposal.objects.exists()
        assert not AddressProposal.objects.exists()


def test_the_answer_says_nothing_of_what_is_known(tell: Any, citizen: Client) -> None:
    """The same words whether it is new or on file already."""
    known = {"email": "mario.rossi@example.org", "street": "Via Roma", "civic": "1", "cap": "00010", "city": "Borgo",
             "province": "RM"}  # fmt: skip
    assert "Segnalazione ricevuta" in text_of(citizen.get(tell(**known)["Location"]))
    with schema_context("borgo"):
        assert not ContactProposal.objects.exists()
        assert not AddressProposal.objects.exists()
    assert "Segnalazione ricevuta" in text_of(citizen.get(tell(**REACH)["Location"]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Scrivere che cosa è cambiato"),
        ({**ADDRESS, "cap": "11"}, "servono 5 cifre"),
        ({**ADDRESS, "city": ""}, "mancano la via o il comune"),
        ({"email": "x@@y"}, "chiocciola"),
        ({"mobile": "06 1234567"}, "telefono fisso"),
        ({"landline": "333 1234567"}, "è un cellulare o un numero speciale"),
    ],
)
def test_what_is_wrong_is_said(tell: Any, given: dict[str, str], words: str) -> None:
    answer = tell(**given)
    assert (answer.status_code, words in text_of(answer)) == (422, True)


def test_not_too_many_and_not_too_often(tell: Any) -> None:
    for n in range(4):
        assert tell(email=f"prova{n}@posta.example").status_code == 302
    answer = tell(email="prova5@posta.example")
    assert (answer.status_code, "altre segnalazioni" in text_of(answer)) == (422, True)
    for _ in range(PER_NOTICE):
        answer = tell(email="prova6@posta.example")
    assert answer.status_code == 429
    with schema_context("borgo"):
        assert ContactProposal.objects.count() == 4


def test_only_from_a_notice_one_has_shown_to_know(
    citizen: Client, find: Any, tari: Instalment
) -> None:
    assert citizen.post("/avviso/inventato/recapiti/", REACH).status_code == 404
    path = find(tari).path
    with schema_context("borgo"):
        Position.objects.update(origin=Position.Origin.FORM)
    assert "Ho cambiato" not in text_of(citizen.get(path))
    assert citizen.post(f"{path}recapiti/", REACH).status_code == 404
    with schema_context("borgo"):
        assert not ContactProposal.objects.exists()


def test_who_went_back_to_paper_needs_a_new_consent(tell: Any, visit: Any, ada: Any) -> None:
    with schema_context("borgo"):
        withdraw_consent(
            subject_id=subject().pk, source="PORTALE", text_version="2026-01", actor=ada, at=AT
        )
    tell(**REACH)
    with schema_context("borgo"):
        mail = ContactProposal.objects.get(kind="EMAIL")
    answer = visit("elena@example.org").post(
        f"/ufficio/contribuenti/recapiti/{mail.pk}/", {"accogli": "1"}, follow=True
    )
    assert "nuovo consenso" in text_of(answer)
    with schema_context("borgo"):
        assert not Contact.objects.filter(subject=subject()).exists()
