"""Chapter 3, in bulk – the positions of a confirmed load: COPY, identifiers and IUV reserved in blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from billing.events import position_opened
from billing.iuv import NoticeNumber
from billing.models import Instalment, Load, Position, TimelineEntry, Transfer
from billing.models.ledger import Account
from billing.services.ledger import add_to_totals
from billing.services.notice_numbers import reserve_notice_numbers
from billing.states import InstalmentState, PositionState
from paybox.kernel.actor import Actor
from paybox.kernel.bulk import copy_rows, fresh_uuids, reserve_ids
from paybox.kernel.clock import ROME
from registry.services.subjects import SubjectData, ensure_subjects

POSITION_COLUMNS = [
    "id",
    "uuid",
    "service_id",
    "subject_id",
    "load_id",
    "origin",
    "reference",
    "causale",
    "year",
    "total_cents",
    "residual_cents",
    "state",
    "version",
    "next_due_on",
    "details",
    "opened_at",
]
INSTALMENT_COLUMNS = [
    "position_id",
    "number",
    "iuv",
    "notice_number",
    "amount_cents",
    "due_on",
    "state",
]
TRANSFER_COLUMNS = [
    "uuid",
    "kind",
    "debit",
    "credit",
    "amount_cents",
    "position_id",
    "cause",
    "booked_on",
    "created_at",
]
TIMELINE_COLUMNS = ["position_id", "kind", "at", "actor_name", "reference", "details"]


@dataclass(frozen=True, slots=True)
class Credit:
    """One credit of a load. ``ways`` are (number, due day, cents); number 0, the rata unica, comes first."""

    reference: str
    subject: SubjectData
    causale: str
    year: int
    ways: tuple[tuple[int, date, int], ...]

    @property
    def total_cents(self) -> int:
        return self.ways[0][2]


def open_totals(*, service_id: int, references: Sequence[str]) -> dict[str, int]:
    """Of these references, those already open (withdrawn ones are free again), with their cents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference, total_cents FROM billing_position"
            " WHERE service_id = %s AND reference = ANY(%s) AND state <> %s",
            [service_id, list(references), PositionState.WITHDRAWN.value],
        )
        return dict(cursor.fetchall())


@transaction.atomic
def open_credits(
    *, load: Load, credits: Sequence[Credit], segregation: str, actor: Actor, at: datetime
) -> None:
    """Open many credits of one service that nobody has opened before; all of them or none."""
    if not credits:
        return
    subject_ids = ensure_subjects(
        data=[c.subject for c in credits], source=f"caricamento {load.pk}", at=at
    )
    ids = reserve_ids(Position, len(credits))
    numbers = reserve_notice_numbers(
        segregation=segregation, count=sum(len(c.ways) for c in credits)
    )
    copy_rows(Position, POSITION_COLUMNS, _positions(load, credits, ids, subject_ids, at))
    copy_rows(Instalment, INSTALMENT_COLUMNS, _instalments(credits, ids, numbers))
    copy_rows(Transfer, TRANSFER_COLUMNS, _transfers(credits, ids, at))
    opened = TimelineEntry.Kind.OPENED.value
    copy_rows(
        TimelineEntry,
        TIMELINE_COLUMNS,
        ((i, opened, at, actor.name, c.reference, "{}") for i, c in zip(ids, credits, strict=True)),
    )
    add_to_totals(
        service_id=load.service_id,
        kind=Transfer.Kind.OPENING,
        amounts=[c.total_cents for c in credits],
        slot=ids[0],
    )
    position_opened.send(sender=Position, positions=ids, at=at, actor=actor)


def _positions(
    load: Load, credits: Sequence[Credit], ids: list[int], subject_ids: list[int], at: datetime
) -> Iterator[tuple[object, ...]]:
    origin, state = Position.Origin.FILE.value, PositionState.OPEN.value
    uuids = fresh_uuids(len(ids))
    for i, uuid, subject_id, c in zip(ids, uuids, subject_ids, credits, strict=True):
        due_on = min(way[1] for way in c.ways)
        yield (
            i, uuid, load.service_id, subject_id, load.pk, origin, c.reference, c.causale, c.year,
            c.total_cents, c.total_cents, state, 1, due_on, "{}", at,
        )  # fmt: skip


def _instalments(
    credits: Sequence[Credit], ids: list[int], numbers: list[NoticeNumber]
) -> Iterator[tuple[object, ...]]:
    fresh = iter(numbers)
    payable = InstalmentState.PAYABLE.value
    for i, c in zip(ids, credits, strict=True):
        for number, due_on, cents in c.ways:
            notice = next(fresh)
            yield (i, number, notice.iuv, notice.notice_number, cents, due_on, payable)


def _transfers(
    credits: Sequence[Credit], ids: list[int], at: datetime
) -> Iterator[tuple[object, ...]]:
    day = at.astimezone(ROME).date()
    kind, debit, credit = (
        Transfer.Kind.OPENING.value,
        Account.CREDITI.value,
        Account.ACCERTATO.value,
    )
    for i, uuid, c in zip(ids, fresh_uuids(len(ids)), credits, strict=True):
        yield (uuid, kind, debit, credit, c.total_cents, i, c.reference, day, at)
