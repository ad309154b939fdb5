"""The memo to the body when a term has passed: once for each service and day, one e-mail for each official, cents exact."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import MemoMail, Position, TermMemo
from billing.selectors.ledger import ledger_problems
from dunning.services.memos import WORK, write_memos
from dunning.tasks import send_memo
from paybox.kernel.clock import move_clock_to
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import RetryLater, answer_bell
from tenants.roles import Capability
from tenants.selectors.enti import Official, officials_of
from tests.build import make_position, make_subject, pay
from tests.standins import Sink

pytestmark = pytest.mark.usefixtures("wired")
DUE, NEXT_DAY = date(2026, 6, 16), date(2026, 6, 17)
AT = datetime(2026, 6, 17, 5, 10, tzinfo=UTC)


@pytest.fixture
def to() -> str:
    """An official's address, new in each test: the sink keeps what it got."""
    return f"resp-{timezone.now():%H%M%S%f}@borgo.example"


@pytest.fixture
def term(borgo: Any) -> list[Any]:
    """Three of Borgo's: one paid in full, one by the first rata, one not at all."""
    people = [
        make_subject(codice_fiscale=code, name=name)
        for code, name in (("RSSMRA80A01H501U", "Rossi Mario"), ("VRDBNC80A41H501X", "Verdi Bianca"),
                           ("BNCLCU80A01H501X", "Bianchi Luca"))
    ]  # fmt: skip
    made = [make_position(subject=person, due_on=DUE) for person in people]
    pay(made[0].instalments.get(number=0).notice_number, 12_000)
    pay(made[1].instalments.get(number=1).notice_number, 6_000)
    return made


def write(*officials: Official, on: date = NEXT_DAY) -> list[TermMemo]:
    return write_memos(officials=officials, at=AT, today=on)


def work() -> None:
    while due := OutboxEntry.objects.waiting(at=timezone.now()).filter(task=WORK).first():
        answer_bell(schema="borgo", entry_id=due.pk)


def test_once_for_each_term_with_exact_figures(term: list[Any], to: str, sink: Sink) -> None:
    assert write(Official("Ada", to, ()), on=DUE) == []  # the day itself is not over
    made = write(Official("Ada", to, ()))
    assert [(m.due_on, m.positions, m.unpaid, m.unpaid_cents) for m in made] == [
        (DUE, 3, 2, 18_000)
    ]
    assert write(Official("Ada", to, ())) == []
    work()
    work()
    mails = sink.to(to)
    assert [m["subject"] for m in mails] == [
        "TARI – tassa sui rifiuti, scadenza 16/06/2026: non pagato il 66,7 %"
    ]
    text = sink.get(f"/messages/{mails[0]['id']}").text
    assert "180,00 €" in text
    assert f"/ufficio/scadenze/{made[0].pk}/" in text
    assert "Verdi" not in text and "Bianchi" not in text  # noqa: PT018 - one claim: no debtor is named
    with schema_context("valle"):
        assert not TermMemo.objects.exists()
    assert list(ledger_problems()) == []


def test_a_form_that_somebody_left_half_way_is_no_term(term: list[Any]) -> None:
    """A citizen asked for it of herself and did not pay: nobody is late, on that day or on the others'."""
    for due_on in (DUE, date(2026, 6, 15)):
        left = make_position(due_on=due_on, rates=())
        Position.objects.filter(pk=left.pk).update(origin=Position.Origin.FORM)
    assert [(m.due_on, m.positions, m.unpaid_cents) for m in write()] == [(DUE, 3, 18_000)]


def test_killed_while_sending_and_repeated_is_one_e_mail(
    term: list[Any], to: str, sink: Sink
) -> None:
    """The process died after the server took it: begun, never ended. Nobody sends it again."""
    write(Official("Ada", to, ()))
    mail = MemoMail.objects.get()
    send_memo(mail_id=mail.pk)
    MemoMail.objects.update(sent_at=None)
    send_memo(mail_id=mail.pk)
    assert len(sink.to(to)) == 1
    mail.refresh_from_db()
    assert mail.state_words == "esito incerto"


def test_what_surely_did_not_leave_is_sent_later(
    term: list[Any], to: str, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Official("Ada", to, ()))
    mail = MemoMail.objects.get()
    monkeypatch.setattr(settings.ENVIRONMENT, "email_port", 1)
    with pytest.raises(RetryLater):
        send_memo(mail_id=mail.pk)
    monkeypatch.setattr(settings.ENVIRONMENT, "email_port", sink.smtp_port)
    send_memo(mail_id=mail.pk)
    assert len(sink.to(to)) == 1
    mail.refresh_from_db()
    assert mail.state_words == "inviata"


def test_only_officials_of_that_service_are_told(term: list[Any], to: str) -> None:
    write(Official("Ada", to, ("MULTE",)), Official("Elena", f"e{to}", ("TARI",)))
    assert list(MemoMail.objects.values_list("name", flat=True)) == ["Elena"]


def test_the_officials_are_those_who_may_approve(borgo: Any) -> None:
    found = officials_of(borgo, Capability.APPROVE, on=NEXT_DAY)
    assert [official.name for official in found] == ["Ada Bianchi", "Elena Fabbri"]


def test_the_page_shows_then_and_now(term: list[Any], visit: Any) -> None:
    made = write()[0]
    move_clock_to(NEXT_DAY)
    pay(term[1].instalments.get(number=2).notice_number, 6_000)
    page = visit("bruno@example.org").get(f"/ufficio/scadenze/{made.pk}/").content.decode()
    assert "66,7" in page
    assert "33,3" in page
    assert "Bianchi Luca" in page
    assert "Verdi Bianca" not in page
    listed = b"".join(visit("bruno@example.org").get(f"/ufficio/scadenze/{made.pk}/elenco.csv"))
    assert listed.decode("utf-8-sig").count("\r\n") == 2
    assert "120,00" in listed.decode()
    book = b"".join(visit("bruno@example.org").get(f"/ufficio/scadenze/{made.pk}/elenco.xlsx"))
    assert book.startswith(b"PK")
    assert (
        visit("dario@example.org", host="valle.localhost")
        .get(f"/ufficio/scadenze/{made.pk}/")
        .status_code
        == 404
    )
    assert visit("bruno@example.org").get("/ufficio/scadenze/").status_code == 200
