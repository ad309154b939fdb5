"""Plain SMTP: what becomes of a message is asked for, comes back as mail, and is read as the webhooks are."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.dsn import NotAReport, read_report, xtext
from dunning.channels.standins.smtp_dsn import Asked
from dunning.channels.standins.smtp_reports import Taken, reports_of
from dunning.inbound.email_returns import read_returned_mail, read_returns, returns_account
from dunning.models import Attempt, DeliveryEvent, Suppression
from dunning.services.planning import plan_reminders
from paybox.kernel.clock import now
from paybox.kernel.models import RawMessage
from paybox.kernel.rounds import reading_alone
from registry.models import Contact
from tests.build import make_position
from tests.dunning.conftest import go
from tests.standins import Sink

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
PATH = "rimbalzi@paybox.example"


@pytest.fixture
def returns(sink: Sink, wired: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """One round over the mailbox of the return path, which is asked for from now on."""
    given: dict[str, Any] = {
        "email_return_path": PATH,
        "email_returns_url": f"imap://127.0.0.1:{sink.imap_port}",
    }
    for name, value in given.items():
        monkeypatch.setattr(settings.ENVIRONMENT, name, value)

    def read() -> int:
        account = returns_account()
        assert account is not None
        told = read_returns(account=account, at=now())
        connection.set_schema("borgo")
        return told

    return read


@pytest.fixture
def sent(ada, elena, person, returns) -> Callable[[str], Attempt]:
    def send(address: str) -> Attempt:
        make_position(subject=person(email=address))
        key = Service.objects.get(code="TARI").pk
        wave = plan_reminders(
            service_id=key, channel="EMAIL", actor=ada, at=now(), today=date(2026, 7, 1)
        )
        go(wave, elena)
        return Attempt.objects.get(address=address)

    return send


def state(attempt: Attempt) -> tuple[str, str]:
    attempt.refresh_from_db()
    return attempt.state, attempt.error_code


def test_the_recipients_server_says_delivered(sink: Sink, sent, returns, valle) -> None:
    attempt = sent("bianca.neri@posta.example")
    assert state(attempt) == ("ACCETTATO", "")
    (kept,) = sink.to("bianca.neri@posta.example")
    assert kept["sender"] == PATH
    eml = sink.get(f"/messages/{kept['id']}.eml").text
    assert "X-PayBox-Ente: borgo" in eml
    assert "bianca.neri" not in eml.partition("To:")[0]  # nothing of her in the return path
    assert returns() == 1
    assert state(attempt) == ("CONSEGNATO", "")
    assert returns() == 0, "a report is read once"
    event = DeliveryEvent.objects.get(attempt=attempt)
    assert event.status == "delivered"
    raw = RawMessage.objects.get(pk=event.raw_message_id or 0)
    assert f"Original-Envelope-Id: borgo.{attempt.uuid}".encode() in raw.body
    with schema_context(valle.schema_name):
        assert not RawMessage.objects.filter(kind="dunning.email.returned").exists()
    connection.set_schema("borgo")
    assert list(ledger_problems()) == []


def test_a_mailbox_that_does_not_exist_lowers_the_contact(sent, returns) -> None:
    attempt = sent("torna@posta.example")
    returns()
    assert state(attempt) == ("FALLITO_PERM", "RIMBALZATO")
    assert "550 5.1.1 Casella inesistente" in attempt.error_words
    assert Contact.objects.get(value="torna@posta.example").quality == Contact.Quality.FAILING


def test_a_full_mailbox_is_not_its_owners_fault(sent, returns) -> None:
    attempt = sent("colma@posta.example")
    returns()
    assert state(attempt) == ("FALLITO_TEMP", "CASELLA_PIENA")
    assert Contact.objects.get(value="colma@posta.example").quality != Contact.Quality.FAILING


def test_a_delay_changes_nothing_and_is_remembered(sent, returns) -> None:
    attempt = sent("ritarda@posta.example")
    returns()
    assert state(attempt) == ("ACCETTATO", "")
    assert [event.status for event in attempt.events.all()] == ["deferred"]


def test_who_calls_it_spam_gets_no_more_courtesy(sent, returns) -> None:
    attempt = sent("reclama@posta.example")
    assert returns() == 2
    assert state(attempt) == ("CONSEGNATO", "")
    listed = Suppression.objects.get(address="reclama@posta.example", lifted_at=None)
    assert listed.reason == Suppression.Reason.COMPLAINT


def test_the_same_report_met_again_is_no_news(sent, returns, sink: Sink) -> None:
    """The mark on the mailbox is lost (a provider's restore): the bytes are known."""
    attempt = sent("lia.verdi@posta.example")
    returns()
    account = returns_account()
    assert account is not None
    from dunning.channels.pec_mailbox import TAKEN, open_mailbox

    with open_mailbox(account) as mailbox:
        mailbox._line.uid("STORE", "1:*", "-FLAGS.SILENT", f"({TAKEN})")
    assert returns() == 0
    assert attempt.events.count() == 1


def report(**changes: Any) -> bytes:
    """One report as the stand-in writes it, about a message of an Ente that may not be here."""
    told = {"envelope": "valle.00000000-0000-4000-8000-000000000001", "to": "torna@posta.example"}
    told.update(changes)
    raw = b"Message-ID: <00000000-0000-4000-8000-000000000009@paybox.example>\r\nX-PayBox-Ente: borgo\r\n\r\nciao"
    asked = Asked(told["envelope"], {told["to"]: ("FAILURE",)}, {})
    (one,) = reports_of(Taken(raw, PATH, (told["to"],), asked))
    return one


class TestReading:
    def test_the_id_of_the_envelope_comes_first(self) -> None:
        event = read_report(report())
        assert (event.schema, str(event.attempt_id)[-1]) == ("valle", "1")
        assert (event.kind, event.recipient) == ("bounced", "torna@posta.example")

    def test_without_it_the_returned_headers_say(self) -> None:
        event = read_report(report(envelope=""))
        assert (event.schema, str(event.attempt_id)[-1]) == ("borgo", "9")

    @pytest.mark.parametrize(
        "raw",
        [
            b"", b"\xff\xfe" * 50, b"Subject: Sono in ferie\r\n\r\nTorno lunedi'",
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--\r\n",
            report().replace(b"Action: failed", b"Action: danced"),
            report(envelope="borgo.non-un-uuid"),
        ],
    )  # fmt: skip
    def test_what_is_not_a_report_of_ours_is_left(self, raw: bytes) -> None:
        with pytest.raises(NotAReport):
            read_report(raw)

    def test_xtext(self) -> None:
        assert xtext("a+b=c d@x.it") == "a+2Bb+3Dc+20d@x.it"


def test_one_reader_at_a_time_and_no_longer_than_its_turn(sent, returns, sink: Sink) -> None:
    """The clock rings every minute: a full mailbox must not take one worker after the other."""
    before = sent("torna@posta.example"), sent("colma@posta.example")
    account = returns_account()
    assert account is not None
    with reading_alone("returned-mail"):
        read_returned_mail()
        connection.set_schema("borgo")
        assert not DeliveryEvent.objects.filter(attempt__in=before).exists()
    assert read_returns(account=account, at=now(), enough=lambda: True) == 1
    read_returned_mail()
    connection.set_schema("borgo")
    assert DeliveryEvent.objects.filter(attempt__in=before).count() == 2


def test_a_stranger_in_the_mailbox_stops_nobody(sent, returns, sink: Sink) -> None:
    """Reports of an Ente that is not here, of a message never sent: left to a person, marked, and the round goes on."""
    import smtplib

    with smtplib.SMTP("127.0.0.1", sink.smtp_port) as line:
        for envelope in (
            "altrove.00000000-0000-4000-8000-000000000001",
            "borgo.00000000-0000-4000-8000-000000000002",
        ):
            line.sendmail(PATH, ["torna@posta.example"], b"Subject: x\r\n\r\nx", [f"ENVID={envelope}"], ["NOTIFY=FAILURE"])  # fmt: skip
    attempt = sent("ugo.blu@posta.example")
    assert returns() == 1
    assert state(attempt) == ("CONSEGNATO", "")
    assert returns() == 0
