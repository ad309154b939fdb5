"""«Avvisi senza carta» from the citizen's side: real SMTP and SMS far ends, nothing told to a stranger."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Instalment
from billing.selectors.channels import digital_subjects
from dunning.inbound.consents import sms_code
from dunning.services.contact_checks import ASK, TELL
from frontline.portal.rate_limit import PER_NOTICE
from paybox.kernel.actor import Actor
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import answer_bell
from registry.models import Consent, Contact, ContactCheck
from registry.rules.consent import MAX_TRIES
from registry.services.invitations import invite
from tests.build import AT, make_subject
from tests.pages import text_of
from tests.portal.conftest import CODE, OTHER_CODE, instalment_of
from tests.standins import Provider, Sink, until

pytestmark = pytest.mark.usefixtures("wired")
SECRET = "segreta@posta.example"
NUMBER = "+393331112223"


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    """Rolled-back tests give the same numbers again: what was counted of them must go too."""
    cache.clear()


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"host": "borgo.localhost"})


@pytest.fixture
def notice(borgo: Any) -> Instalment:
    """Of somebody whose PEC alone is known."""
    return instalment_of(subject=make_subject(email="", mobile="", pec="riservata@pec.example"))


@pytest.fixture
def code(notice: Instalment, ada: Actor) -> str:
    return invite(subject_id=notice.position.subject_id, actor=ada, at=AT).code


@pytest.fixture
def address() -> str:
    """New in each test: the sink keeps what it got."""
    return f"c{timezone.now().timestamp():.6f}@posta.example".replace(".", "-", 1)


def work() -> None:
    with schema_context("borgo"):
        while (
            due := OutboxEntry.objects.waiting(at=timezone.now())
            .filter(task__in=[ASK, TELL])
            .first()
        ):
            answer_bell(schema="borgo", entry_id=due.pk)


def enter(client: Client, code: str, fiscal_code: str = CODE) -> Any:
    return client.post("/zero-carta/", {"code": code, "codice_fiscale": fiscal_code})


def choose(client: Client, **given: str) -> Any:
    return client.post("/zero-carta/scelta/", {"consent": "on", **given}, follow=True)


def is_digital(notice: Instalment) -> bool:
    with schema_context("borgo"):
        return bool(digital_subjects([notice.position.subject_id]))


def link_to(sink: Sink, address: str, path: str) -> str:
    """The way to that page, as an e-mail says it."""
    pattern = rf"/zero-carta/{path}/[^/\s\"'<]+/"

    def links() -> list[str]:
        pages = (sink.get(f"/messages/{m['id']}").text for m in sink.to(address))
        return [found[0] for page in pages if (found := re.search(pattern, page))]

    return str(until(links)[0])


def test_from_the_invitation_to_the_e_mail_and_back_to_paper(
    citizen: Client,
    notice: Instalment,
    code: str,
    sink: Sink,
    address: str,
) -> None:
    assert code in text_of(citizen.get(f"/zero-carta/?codice={code}"))
    assert enter(citizen, code.lower())["Location"] == "/zero-carta/scelta/"
    assert "su carta" in text_of(citizen.get("/zero-carta/scelta/"))
    choose(citizen, email=address)
    work()
    link = link_to(sink, address, "conferma")
    stranger = Client(headers={"host": "borgo.localhost"})
    assert "Confermo" in text_of(stranger.get(link))
    assert not is_digital(notice)  # a program that opens links confirms nothing
    assert "Indirizzo confermato" in text_of(stranger.post(link))
    assert is_digital(notice)
    again = stranger.post(link)
    assert (again.status_code, "già stato confermato" in text_of(again)) == (422, True)
    work()
    back = link_to(sink, address, "carta")
    assert Client(headers={"host": "valle.localhost"}).post(back).status_code == 404
    assert is_digital(notice)
    stranger.get(back)
    assert is_digital(notice)
    stranger.post(back)
    assert not is_digital(notice)
    with schema_context("borgo"):
        acts = list(Consent.objects.order_by("id").values_list("act", "source", "value"))
    assert acts == [("CONCESSO", "PORTALE", address), ("REVOCATO", "MESSAGGIO", address)]
    with schema_context("valle"):
        assert not Consent.objects.exists()
        assert not ContactCheck.objects.exists()


def test_the_mobile_by_code_and_one_press_to_withdraw(
    citizen: Client,
    notice: Instalment,
    provider: Provider,
) -> None:
    enter(citizen, notice.notice_number)
    choose(citizen, mobile="333 111 2223")
    work()
    with schema_context("borgo"):
        check = ContactCheck.objects.get()
    assert any(sms_code(check.uuid) in str(m) for m in until(lambda: provider.to(NUMBER)))
    wrong = "000000" if sms_code(check.uuid) != "000000" else "111111"
    assert "non è giusto" in text_of(citizen.post("/zero-carta/codice/", {"code": wrong}))
    citizen.post("/zero-carta/codice/", {"code": sms_code(check.uuid)})
    with schema_context("borgo"):
        mobile = Contact.objects.get(kind="MOBILE")
        assert (mobile.value, mobile.quality) == (NUMBER, "VERIFICATO")
    citizen.post("/zero-carta/revoca/")
    with schema_context("borgo"):
        assert list(Contact.objects.values_list("kind", flat=True)) == ["PEC"]


def test_the_right_code_does_not_help_after_too_many_wrong_ones(
    citizen: Client, notice: Instalment
) -> None:
    enter(citizen, notice.notice_number)
    choose(citizen, mobile=NUMBER)
    with schema_context("borgo"):
        right = sms_code(ContactCheck.objects.get().uuid)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(MAX_TRIES):
        citizen.post("/zero-carta/codice/", {"code": wrong})
    assert "Troppi tentativi" in text_of(citizen.post("/zero-carta/codice/", {"code": right}))
    with schema_context("borgo"):
        assert not Consent.objects.exists()


def test_a_stranger_learns_nothing(citizen: Client, notice: Instalment, code: str) -> None:
    """A wrong code and a wrong codice fiscale answer alike; who has both sees no address either."""
    wrong_person = enter(citizen, code, OTHER_CODE)
    wrong_code = enter(citizen, "ABCDEFGHJK")
    assert (wrong_person.status_code, wrong_code.status_code) == (422, 422)
    assert "corrisponde" in text_of(wrong_person)
    assert "corrisponde" in text_of(wrong_code)
    assert "Rossi" not in text_of(citizen.get(f"/zero-carta/?codice={code}"))
    assert citizen.get("/zero-carta/scelta/").status_code == 302
    enter(citizen, code)
    page = text_of(citizen.get("/zero-carta/scelta/"))
    assert "riservata@pec.example" not in page
    assert "Rossi" not in page
    assert Client(headers={"host": "valle.localhost"}).get("/zero-carta/scelta/").status_code == 302


def test_guessing_codici_fiscali_is_stopped(citizen: Client, notice: Instalment, code: str) -> None:
    for _ in range(PER_NOTICE):
        assert enter(citizen, code, OTHER_CODE).status_code == 422
    assert enter(citizen, code).status_code == 429


def test_without_consent_nothing_is_asked(citizen: Client, notice: Instalment) -> None:
    enter(citizen, notice.notice_number)
    answer = citizen.post("/zero-carta/scelta/", {"email": SECRET})
    assert (answer.status_code, "serve il consenso" in text_of(answer)) == (422, True)
    with schema_context("borgo"):
        assert not ContactCheck.objects.exists()
        assert not OutboxEntry.objects.filter(task=ASK).exists()


def test_a_provider_away_loses_nothing(
    citizen: Client,
    notice: Instalment,
    monkeypatch: pytest.MonkeyPatch,
    sink: Sink,
    address: str,
) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "email_port", 1)
    enter(citizen, notice.notice_number)
    choose(citizen, email=address)
    with schema_context("borgo"):
        entry = OutboxEntry.objects.get(task=ASK)
        answer_bell(schema="borgo", entry_id=entry.pk)
        entry.refresh_from_db()
        assert entry.done_at is None
        OutboxEntry.objects.filter(pk=entry.pk).update(next_at=timezone.now())
    monkeypatch.setattr(settings.ENVIRONMENT, "email_port", sink.smtp_port)
    work()
    assert len(sink.to(address)) == 1
