"""Consents: the last word of a person decides between e-mail and paper, and history is only added to."""

from datetime import date, timedelta
from typing import Any

import pytest
from django_tenants.utils import schema_context

from billing.models import Load, Position, Service
from billing.selectors.channels import split_of_load
from paybox.kernel.actor import CITIZEN, Actor
from registry.models import Consent, Contact, Subject
from registry.rules.consent import (
    CURRENT_TEXT,
    LINK_LIFE,
    MAX_CHECKS,
    MAX_TRIES,
    ConsentRefused,
    read_personal_code,
)
from registry.selectors.consents import coverage, subject_of_code
from registry.selectors.contacts import best_contacts
from registry.services.consents import (
    Given,
    confirm_check,
    count_try,
    open_check,
    record_consent,
    withdraw_consent,
)
from registry.services.invitations import invite
from tests.build import AT, make_position, make_subject

EMAIL, MOBILE = "EMAIL", "MOBILE"


@pytest.fixture
def paper(borgo: Any) -> Position:
    """A confirmed load of one notice, for somebody without any contact."""
    position = make_position(subject=make_subject(email="", mobile="", pec=""))
    load = Load.objects.create(
        service=Service.objects.get(code="TARI"), filename="a.csv", sha256="0" * 64, raw_message_id=0,
        state=Load.State.CONFIRMED, created_at=AT, actor_name="prova",
    )  # fmt: skip
    position.load = load
    position.save(update_fields=["load"])
    return position


def split(position: Position) -> dict[str, int]:
    assert position.load
    return dict(split_of_load(position.load))


def give(subject: Subject, value: str, *, kind: str = EMAIL, verified: bool = True) -> Consent:
    given = Given(subject.pk, kind, value, CURRENT_TEXT, "PORTALE", date(2026, 3, 2), verified)
    return record_consent(given=given, actor=CITIZEN, at=AT)


def withdraw(subject: Subject) -> bool:
    return withdraw_consent(
        subject_id=subject.pk, source="PORTALE", text_version=CURRENT_TEXT, actor=CITIZEN, at=AT
    )


def check(subject: Subject, value: str = "lucia@posta.example", *, kind: str = EMAIL) -> Any:
    return open_check(
        subject_id=subject.pk, kind=kind, value=value, source="PORTALE", text_version=CURRENT_TEXT, at=AT
    )  # fmt: skip


def test_the_split_follows_at_once_there_and_back(paper: Position, valle: Any) -> None:
    assert split(paper) == {"DIGITALE": 0, "CARTA": 1}
    give(paper.subject, "mario@posta.example")
    assert split(paper) == {"DIGITALE": 1, "CARTA": 0}
    assert withdraw(paper.subject)
    assert split(paper) == {"DIGITALE": 0, "CARTA": 1}
    assert not withdraw(paper.subject)
    acts = list(Consent.objects.order_by("id").values_list("act", "value"))
    assert acts == [("CONCESSO", "mario@posta.example"), ("REVOCATO", "mario@posta.example")]
    with schema_context("valle"):
        assert not Consent.objects.exists()


def test_a_file_does_not_undo_a_withdrawal(paper: Position) -> None:
    give(paper.subject, "mario@posta.example")
    withdraw(paper.subject)
    make_subject(email="altra@posta.example", mobile="", pec="mario@pec.example")
    assert split(paper) == {"DIGITALE": 0, "CARTA": 1}
    kinds = set(Contact.objects.filter(subject=paper.subject).values_list("kind", flat=True))
    assert kinds == {"PEC"}
    give(paper.subject, "terza@posta.example")
    make_subject(email="quarta@posta.example", mobile="", pec="")
    assert set(
        Contact.objects.filter(subject=paper.subject, kind=EMAIL).values_list("value", flat=True)
    ) == {"terza@posta.example", "quarta@posta.example"}


def test_the_address_last_consented_to_is_the_one_used(paper: Position) -> None:
    subject = paper.subject
    for address in ("prima@posta.example", "seconda@posta.example", "prima@posta.example"):
        give(subject, address)
    assert best_contacts(kind=EMAIL, subject_ids=[subject.pk]) == {
        subject.pk: "prima@posta.example"
    }
    assert Subject.objects.get(pk=subject.pk).search_text.count("prima@posta.example") == 1


def test_a_check_is_good_once_and_in_time(paper: Position) -> None:
    asked = check(paper.subject)
    assert split(paper) == {"DIGITALE": 0, "CARTA": 1}
    late = AT + LINK_LIFE + timedelta(seconds=1)
    with pytest.raises(ConsentRefused, match="passato"):
        confirm_check(check_id=asked.pk, actor=CITIZEN, at=late)
    confirm_check(check_id=asked.pk, actor=CITIZEN, at=AT + timedelta(hours=1))
    assert split(paper) == {"DIGITALE": 1, "CARTA": 0}
    with pytest.raises(ConsentRefused, match="già"):
        confirm_check(check_id=asked.pk, actor=CITIZEN, at=AT + timedelta(hours=1))


def test_a_link_older_than_a_withdrawal_gives_nothing_back(paper: Position) -> None:
    asked = check(paper.subject)
    give(paper.subject, "mario@posta.example")
    withdraw_consent(
        subject_id=paper.subject_id, source="PORTALE", text_version=CURRENT_TEXT, actor=CITIZEN,
        at=AT + timedelta(minutes=1),
    )  # fmt: skip
    with pytest.raises(ConsentRefused, match="revocato"):
        confirm_check(check_id=asked.pk, actor=CITIZEN, at=AT + timedelta(minutes=2))
    assert split(paper) == {"DIGITALE": 0, "CARTA": 1}


def test_codes_are_not_tried_for_ever_nor_asked_for_ever(paper: Position) -> None:
    asked = check(paper.subject, "+393331234567", kind=MOBILE)
    for _ in range(MAX_TRIES):
        count_try(check_id=asked.pk)
    with pytest.raises(ConsentRefused, match="Troppi tentativi"):
        count_try(check_id=asked.pk)
    for _ in range(MAX_CHECKS - 1):
        check(paper.subject, "+393331234567", kind=MOBILE)
    with pytest.raises(ConsentRefused, match="Troppe richieste"):
        check(paper.subject, "+393337654321", kind=MOBILE)


def test_paper_signed_tomorrow_or_words_nobody_wrote_are_refused(
    paper: Position, ada: Actor
) -> None:
    for version, day in ((CURRENT_TEXT, date(2026, 3, 3)), ("1999-01", date(2026, 3, 2))):
        given = Given(
            paper.subject_id, EMAIL, "a@b.example", version, "MODULO_CARTACEO", day, False
        )
        with pytest.raises(ConsentRefused):
            record_consent(given=given, actor=ada, at=AT)
    assert not Consent.objects.exists()


def test_a_code_is_hers_and_stays(paper: Position, ada: Actor) -> None:
    made = invite(subject_id=paper.subject_id, actor=ada, at=AT)
    assert invite(subject_id=paper.subject_id, actor=ada, at=AT) == made
    code = read_personal_code(f" {made.code[:5].lower()}-{made.code[5:]} ")
    assert subject_of_code(code=code, codice_fiscale="RSSMRA80A01H501U") == paper.subject
    assert subject_of_code(code=code, codice_fiscale="VRDBNC80A41H501X") is None
    with schema_context("valle"):
        assert subject_of_code(code=code, codice_fiscale="RSSMRA80A01H501U") is None


def test_the_figures(paper: Position, ada: Actor) -> None:
    before = coverage()
    give(paper.subject, "mario@posta.example")
    give(paper.subject, "+393331234567", kind=MOBILE, verified=False)
    invite(subject_id=paper.subject_id, actor=ada, at=AT)
    after = coverage()
    assert after.subjects == before.subjects == 1
    counted = (after.email, after.email_verified, after.mobile, after.mobile_verified)
    assert counted == (1, 1, 1, 0)
    assert (after.consented, after.withdrawn, after.invited) == (1, 0, 1)
    withdraw(paper.subject)
    assert (coverage().email, coverage().consented, coverage().withdrawn) == (0, 0, 1)
