"""Certified mail as an official lives it: sent once, followed by its receipts, answered, never believed blindly."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django_tenants.utils import schema_context

from billing.models import Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from dunning.inbound import pec_rounds
from dunning.inbound.pec_rounds import pec_round
from dunning.models import Attempt, DeliveryEvent, Hold, PecConcern, PecMailbox, PecMessage, Wave
from dunning.services.pec_concerns import ConcernRefused, settle_concern, watch_pec
from dunning.services.pec_retries import retry_full_mailboxes
from dunning.services.planning import plan_reminders
from paybox.kernel.clock import now
from paybox.kernel.models import RawMessage
from registry.models import Contact
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain, go
from tests.pec import PASSWORD, PecProvider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired_pec")]

TODAY = date(2026, 7, 1)


@pytest.fixture
def box(request: pytest.FixtureRequest) -> str:
    """A mailbox of this test alone."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:10]
    return f"tributi.{name}@pec.example"


@pytest.fixture
def wired_pec(pec: PecProvider, box: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pydantic import SecretStr

    from paybox.settings.environment import PecBox

    given: dict[str, Any] = {
        "pec_accounts": {"borgo": PecBox(address=box, password=SecretStr(PASSWORD))},
        "pec_smtp_url": f"smtp://127.0.0.1:{pec.smtp}",
        "pec_imap_url": f"imap://127.0.0.1:{pec.imap}",
        "pec_ca_bundle": pec.authority,
    }
    for name, value in given.items():
        monkeypatch.setattr(settings.ENVIRONMENT, name, value)


@pytest.fixture
def owing(person: Callable[..., Any]) -> Callable[[str], Position]:
    """An overdue position of somebody with that certified address."""

    def build(address: str) -> Position:
        subject = person()
        Contact.objects.create(
            subject=subject, kind="PEC", value=address, source="prova", created_at=AT
        )
        return make_position(subject=subject)

    return build


@pytest.fixture
def sent(ada, elena, owing) -> Callable[[str], Attempt]:
    """A reminder that left by PEC for ``address``."""

    def send(address: str) -> Attempt:
        owing(address)
        go(reminder(ada), elena)
        return Attempt.objects.get(address=address)

    return send


def reminder(ada, *, later: timedelta = timedelta(0)) -> Wave:
    key, at = Service.objects.get(code="TARI").pk, now() + later
    today = at.date() if later else TODAY
    return plan_reminders(service_id=key, channel="PEC", actor=ada, at=at, today=today)


def concerns() -> list[tuple[str, bool]]:
    found = PecConcern.objects.order_by("pk")
    return [(one.kind, one.settled_at is not None) for one in found]


def state(attempt: Attempt) -> tuple[str, str]:
    attempt.refresh_from_db()
    return attempt.state, attempt.error_code


class TestReceipts:
    def test_sent_once_accepted_delivered_and_told(
        self, ada, elena, owing, pec, box, valle
    ) -> None:
        position = owing("mario@pec.example")
        paid = owing("pagante@pec.example")
        wave = reminder(ada)
        pay(paid.instalments.get(number=0).notice_number, 12_000)
        go(wave, elena)
        attempt = Attempt.objects.get()
        assert attempt.state == "ACCETTATO"
        (taken,) = [one for one in pec.taken("mario@pec.example") if one["from"] == box]
        assert taken["message_id"] == attempt.provider_ref == f"<{attempt.uuid}@pec.example>"
        assert [one for one in pec.taken("pagante@pec.example") if one["from"] == box] == []
        pec_round()
        assert state(attempt) == ("CONSEGNATO", "")
        kinds = list(PecMessage.objects.order_by("pk").values_list("kind", flat=True))
        assert kinds == ["INVIATO", "ACCETTAZIONE", "AVVENUTA_CONSEGNA"]
        for message in PecMessage.objects.all():
            raw = RawMessage.objects.get(pk=message.raw_message_id)
            assert hashlib.sha256(bytes(raw.body)).hexdigest() == message.sha256 == raw.sha256
        told = TimelineEntry.objects.filter(position=position).order_by("pk")
        assert list(told.values_list("kind", flat=True)) == ["APERTA", "INVIATA", "RECAPITATA"]
        assert DeliveryEvent.objects.filter(attempt=attempt).count() == 2
        assert concerns() == []
        with schema_context("valle"):
            assert (PecMessage.objects.count(), PecMailbox.objects.count()) == (0, 0)
        assert list(ledger_problems()) == []

    @pytest.mark.parametrize(
        ("to", "ends", "quality"),
        [
            ("rovescio@pec.example", ("CONSEGNATO", ""), "DICHIARATO"),
            ("doppia@pec.example", ("CONSEGNATO", ""), "DICHIARATO"),
            ("lento@pec.example", ("CONSEGNATO", ""), "DICHIARATO"),
            ("cade@pec.example", ("CONSEGNATO", ""), "DICHIARATO"),  # the answer to DATA was lost
            ("perso@pec.example", ("FALLITO_TEMP", "TEMPO_SCADUTO"), "DICHIARATO"),
            ("piena@pec.example", ("FALLITO_TEMP", "CASELLA_PIENA"), "DICHIARATO"),
            ("inesistente@pec.example", ("FALLITO_PERM", "INESISTENTE"), "NON_RAGGIUNTO"),
            ("disattivata@pec.example", ("FALLITO_PERM", "DISATTIVATA"), "NON_RAGGIUNTO"),
            ("virus@pec.example", ("FALLITO_PERM", "VIRUS"), "DICHIARATO"),
            ("nonaccettata@pec.example", ("FALLITO_PERM", "NON_ACCETTATO"), "DICHIARATO"),
            ("mario@ordinaria.example", ("FALLITO_PERM", "NON_CERTIFICATA"), "NON_RAGGIUNTO"),
        ],
    )  # fmt: skip
    def test_each_story_ends_where_it_must(self, sent, to, ends, quality) -> None:
        attempt = sent(to)
        pec_round()
        assert state(attempt) == ends
        assert Contact.objects.get(kind="PEC", value=to).quality == quality
        assert concerns() == []

    def test_a_round_reads_until_nothing_is_left(self, sent, monkeypatch) -> None:
        """A large wave brings two receipts for each PEC; those met twice do not end the round."""
        monkeypatch.setattr(pec_rounds, "CHUNK", 1)
        attempt = sent("doppia@pec.example")
        pec_round()
        assert state(attempt) == ("CONSEGNATO", "")
        assert PecMessage.objects.count() == 3

    def test_read_again_after_a_new_numbering_nothing_changes(self, sent, pec, box) -> None:
        attempt = sent("mario@pec.example")
        pec_round()
        pec.renumber(box)
        pec_round()
        pec_round()
        assert PecMessage.objects.count() == 3
        assert DeliveryEvent.objects.filter(attempt=attempt).count() == 2
        assert PecMailbox.objects.get(address=box).uidvalidity == 2

    def test_what_comes_after_a_delivery_takes_nothing_back(self, sent, pec, box) -> None:
        attempt = sent("mario@pec.example")
        pec_round()
        order = {"message_id": attempt.provider_ref, "sender": box, "recipient": attempt.address}
        pec.order("receipt", kind="errore-consegna", details="5.1.1", **order)
        pec_round()
        assert state(attempt) == ("CONSEGNATO", "")
        assert Contact.objects.get(kind="PEC").quality == "DICHIARATO"


class TestQuarantine:
    def test_a_tampered_receipt_is_kept_and_not_believed(self, sent, pec, box) -> None:
        attempt = sent("alterata@pec.example")
        pec_round()
        assert state(attempt) == ("INVIATO", "")
        assert concerns() == [("QUARANTENA", False)]
        assert PecMessage.objects.get(kind="AVVENUTA_CONSEGNA").verdict == "NON_VALIDA"

    def test_a_certifier_we_do_not_know_is_not_believed(self, sent, monkeypatch) -> None:
        monkeypatch.setattr(
            settings.ENVIRONMENT, "pec_ca_bundle", settings.ENVIRONMENT.var_dir / "nessuno.pem"
        )
        attempt = sent("mario@pec.example")
        pec_round()
        assert state(attempt) == ("ACCETTATO", "")
        assert concerns() == [("QUARANTENA", False)] * 2

    def test_a_receipt_of_another_recipient_is_not_believed(self, sent, pec, box) -> None:
        attempt = sent("muto@pec.example")
        order = {
            "message_id": attempt.provider_ref,
            "sender": box,
            "recipient": "altri@pec.example",
        }
        pec.order("receipt", kind="avvenuta-consegna", **order)
        pec_round()
        assert state(attempt) == ("ACCETTATO", "")
        assert concerns() == [("QUARANTENA", False)]

    def test_a_receipt_of_nothing_of_ours_waits_for_a_person(self, pec, box) -> None:
        order = {"message_id": "<altro@pec.example>", "sender": box, "recipient": "x@pec.example"}
        pec.order("receipt", kind="avvenuta-consegna", **order)
        pec_round()
        assert concerns() == [("QUARANTENA", False)]

    def test_poison_does_not_stop_what_comes_after(self, sent, pec, box) -> None:
        pec.drop(b"X-Ricevuta: accettazione\r\nSubject: veleno\r\n\r\n\xff\0", box)
        pec.drop(b"X-Ricevuta: boh\r\n\r\n", box)
        attempt = sent("mario@pec.example")
        pec_round()
        assert state(attempt) == ("CONSEGNATO", "")
        assert concerns() == [("QUARANTENA", False)] * 2
        unread = PecMessage.objects.filter(kind="ILLEGGIBILE")
        assert [RawMessage.objects.get(pk=one.raw_message_id).body[:10] for one in unread] == [
            b"X-Ricevuta", b"X-Ricevuta",
        ]  # fmt: skip


class TestReplies:
    def test_a_reply_stops_reminders_until_somebody_has_read_it(self, sent, ada, owing) -> None:
        attempt = sent("risponde@pec.example")
        pec_round()
        concern = PecConcern.objects.get()
        assert (concern.kind, concern.message.subject_id) == ("RISPOSTA", attempt.item.subject_id)
        assert "ho già pagato" in concern.message.text
        assert Hold.objects.in_force(on=now().date()).get().subject_id == attempt.item.subject_id
        assert reminder(ada, later=timedelta(days=8)).items.get().reason == "CONTESTAZIONE"
        with pytest.raises(ConcernRefused):
            settle_concern(concern_id=concern.pk, reason=" ", resume=True, actor=ada, at=now())
        settle_concern(
            concern_id=concern.pk, reason="ricevuta non sua", resume=True, actor=ada, at=now()
        )
        assert not Hold.objects.in_force(on=now().date()).exists()
        with pytest.raises(ConcernRefused):
            settle_concern(
                concern_id=concern.pk, reason="di nuovo", resume=False, actor=ada, at=now()
            )

    def test_an_automatic_answer_stops_nothing(self, sent) -> None:
        sent("automatica@pec.example")
        pec_round()
        assert (concerns(), Hold.objects.count()) == ([], 0)
        assert PecMessage.objects.filter(automatic=True).count() == 1

    def test_who_writes_first_is_known_by_her_certified_address(self, owing, pec, box) -> None:
        position = owing("unica@pec.example")
        pec.order("letter", account=box, sender="Unica@pec.example", text="Chiedo una dilazione")
        pec_round()
        assert concerns() == [("RISPOSTA", False)]
        assert Hold.objects.get().subject_id == position.subject_id

    def test_an_ordinary_mail_is_nobody_s_unless_it_answers_us(self, sent, owing, pec, box) -> None:
        owing("unica@pec.example")
        attempt = sent("muto@pec.example")
        letter = {"account": box, "ordinary": True, "text": "salve"}
        pec.order("letter", sender="unica@pec.example", **letter)
        pec.order("letter", sender="casa@posta.example", about=attempt.provider_ref, **letter)
        pec_round()
        assert concerns() == [("NON_ABBINATO", False), ("RISPOSTA", False)]
        assert Hold.objects.get().subject_id == attempt.item.subject_id


class TestWatch:
    WITHIN = {"acceptance_within": timedelta(minutes=60), "delivery_within": timedelta(hours=24)}

    def test_no_acceptance_in_an_hour_raises_one_alarm(self, sent, pec, box) -> None:
        attempt = sent("muto@pec.example")
        assert watch_pec(at=now() + timedelta(minutes=59), **self.WITHIN) == 0
        late = now() + timedelta(minutes=61)
        assert [watch_pec(at=late, **self.WITHIN) for _ in range(2)] == [1, 0]
        assert concerns() == [("SENZA_ACCETTAZIONE", False)]
        order = {"message_id": attempt.provider_ref, "sender": box, "recipient": attempt.address}
        pec.order("receipt", kind="accettazione", **order)
        pec_round()
        assert concerns() == [("SENZA_ACCETTAZIONE", True)]
        assert watch_pec(at=late + timedelta(hours=25), **self.WITHIN) == 1
        assert concerns()[1] == ("SENZA_CONSEGNA", False)
        pec.order("receipt", kind="avvenuta-consegna", **order)
        pec_round()
        assert concerns() == [("SENZA_ACCETTAZIONE", True), ("SENZA_CONSEGNA", True)]

    def test_a_mailbox_that_is_away_says_so_and_comes_back(self, pec, box, monkeypatch) -> None:
        there = settings.ENVIRONMENT.pec_imap_url
        monkeypatch.setattr(settings.ENVIRONMENT, "pec_imap_url", "imap://127.0.0.1:9")
        pec_round()
        away = PecMailbox.objects.get(address=box)
        assert away.trouble == "La casella PEC non è raggiungibile"
        assert away.troubled_at is not None
        monkeypatch.setattr(settings.ENVIRONMENT, "pec_imap_url", there)
        pec_round()
        back = PecMailbox.objects.get(address=box)
        assert (back.trouble, back.troubled_at) == ("", None)
        assert back.read_at is not None


class TestFullMailbox:
    def test_written_to_again_after_seven_days_once(
        self, sent, pec, box, django_assert_num_queries
    ) -> None:
        first = sent("piena@pec.example")
        pec_round()
        wave = first.item.wave
        assert retry_full_mailboxes(at=now() + timedelta(days=6, hours=23)) == 0
        week = now() + timedelta(days=7, minutes=1)
        assert [retry_full_mailboxes(at=week) for _ in range(2)] == [1, 0]
        drain()
        second = Attempt.objects.get(try_number=2)
        assert second.state == "ACCETTATO"
        assert len([one for one in pec.taken("piena@pec.example") if one["from"] == box]) == 2
        pec_round()
        assert state(second) == ("FALLITO_TEMP", "CASELLA_PIENA")
        wave.refresh_from_db()
        assert wave.state == "INVIATA"
        assert concerns() == [("PIENA_DUE_VOLTE", False)], (
            "the same round that read it told somebody"
        )
        for days in (0, 8, 300):
            with django_assert_num_queries(2):  # nothing is locked, nor told again
                assert retry_full_mailboxes(at=week + timedelta(days=days)) == 0
        assert concerns() == [("PIENA_DUE_VOLTE", False)]

    def test_the_letter_waits_for_the_second_try(self, sent) -> None:
        first = sent("piena@pec.example")
        Wave.objects.update(channels=["PEC", "LETTERA"])
        pec_round()
        first.item.refresh_from_db()
        assert (first.item.state, first.item.channel) == ("NON_RAGGIUNTO", "PEC")
        retry_full_mailboxes(at=now() + timedelta(days=8))
        drain()
        pec_round()
        drain()
        first.item.refresh_from_db()
        assert (first.item.state, first.item.channel) == ("DA_STAMPARE", "LETTERA")
        assert concerns() == []

    def test_who_paid_meanwhile_is_not_written_to(self, sent, pec, box) -> None:
        first = sent("piena@pec.example")
        pec_round()
        position = Position.objects.get(pk=first.item.position_ids[0])
        pay(position.instalments.get(number=0).notice_number, 12_000)
        assert retry_full_mailboxes(at=now() + timedelta(days=8)) == 1
        drain()
        first.item.refresh_from_db()
        assert (first.item.state, first.item.reason) == ("SALTATO", "PAGATO")
        assert Attempt.objects.count() == 1
        assert list(ledger_problems()) == []


def test_without_a_mailbox_the_wave_stops_and_says_why(ada, elena, owing, monkeypatch) -> None:
    owing("mario@pec.example")
    monkeypatch.setattr(settings.ENVIRONMENT, "pec_accounts", {})
    monkeypatch.setattr(settings.ENVIRONMENT, "env", "production")
    go(reminder(ada), elena)
    wave = Wave.objects.get()
    assert wave.state == "IN_PAUSA"
    assert "non ha una casella PEC" in wave.message


def test_the_bytes_cannot_be_rewritten(sent) -> None:
    from django.db import ProgrammingError

    sent("mario@pec.example")
    with pytest.raises(ProgrammingError):
        PecMessage.objects.update(sha256="")
