"""Builders with valid defaults: a test overrides the one thing it is about. Run inside an Ente's schema."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from billing.models import Collection, Position, Service
from billing.services.collections import Booked, Received, record_collection
from billing.services.positions import NewInstalment, NewPosition, open_position
from paybox.kernel.actor import SYSTEM, Actor
from registry.models import Subject
from registry.services.subjects import SubjectData, ensure_subject

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_numbers = count(1)


def make_subject(**given: Any) -> Subject:
    fields: dict[str, Any] = {
        "kind": "F",
        "codice_fiscale": "RSSMRA80A01H501U",
        "name": "Rossi Mario",
        "sort_key": "ROSSI MARIO",
        "street": "Via Roma",
        "civic": "1",
        "cap": "00010",
        "city": "Borgo",
        "province": "RM",
        "email": "mario.rossi@example.org",
        "mobile": "+393331234567",
    } | given
    return Subject.objects.get(pk=ensure_subject(data=SubjectData(**fields), source="prova", at=AT))


def make_position(
    *, service: str = "TARI", cents: int = 12_000, rates: tuple[int, ...] = (6_000, 6_000),
    due_on: date = date(2026, 6, 16), rate_days: tuple[date, ...] = (), subject: Subject | None = None, reference: str = "", segregation: str = "01",
    actor: Actor = SYSTEM, at: datetime = AT,
) -> Position:  # fmt: skip
    """An open credit: rata unica of ``cents``, and rate due on the same day, or on ``rate_days``."""
    days = rate_days or (due_on,) * len(rates)
    ways = [NewInstalment(0, due_on, cents)]
    ways += [
        NewInstalment(n, day, c) for n, (day, c) in enumerate(zip(days, rates, strict=True), 1)
    ]
    new = NewPosition(
        reference=reference or f"PROVA-{next(_numbers)}",
        causale="TARI 2026",
        year=2026,
        instalments=tuple(ways),
        origin=Position.Origin.HAND,
    )
    return open_position(
        service=Service.objects.get(code=service), subject=subject or make_subject(), new=new,
        segregation=segregation, actor=actor, at=at,
    )  # fmt: skip


def pay(notice_number: str, cents: int, *, reference: str = "", at: datetime = AT) -> Booked:
    """A pagoPA payment of that notice."""
    received = Received(
        channel=Collection.Channel.PAGOPA,
        reference=reference or f"ricevuta-{next(_numbers)}",
        amount_cents=cents,
        notice_number=notice_number,
        paid_at=at,
    )
    return record_collection(received=received, booked_on=at.date(), at=at, actor=SYSTEM)
