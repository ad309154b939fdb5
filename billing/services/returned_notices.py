"""Chapter 5 – notices on paper that came back: a file, or one number typed at the desk.

Before: a billing file posted on a day.  After: a row for somebody to work, ``returned_addresses``; the position says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from billing.iuv import NoticeNumberRefused, read_notice_number
from billing.models import Instalment, NoticeReturn, Position, TimelineEntry
from billing.rules.load_file.refusal import FileRefused
from billing.rules.returned_notices import NUMBER, ReturnedRow, not_taken, read_returns, trouble_of
from billing.selectors.returns import posted_days
from billing.services.timeline import tell_each
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_name
from paybox.kernel.problems import Problem, Refused

KIND = "billing.notice_returns"
ALIEN = "nessun avviso di questo Ente, tra i dovuti che si seguono, ha questo numero: controllarlo"


class ReturnRefused(Refused):
    """The return cannot be kept, or was settled already; nothing was changed."""


@dataclass(frozen=True, slots=True)
class TakenReturns:
    """``known``: rows that had been read before and change nothing; ``refused``: line, column and what to do."""

    taken: int
    known: int
    refused: tuple[Problem, ...] = ()


@transaction.atomic
def import_returns(
    *, raw: bytes, filename: str, scope: Sequence[str], actor: Actor, at: datetime
) -> TakenReturns:
    """Good rows are taken, the others named. Twice the same is once. Raises ReturnRefused for the whole file."""
    try:
        read = list(read_returns(raw, filename))
    except FileRefused as refusal:
        raise ReturnRefused(str(refusal).removesuffix(".")) from refusal
    kept = store_raw(kind=KIND, body=raw, at=at, headers={"filename": filename[:200]})
    rows = [row for row in read if isinstance(row, ReturnedRow)]
    done = _take(rows, scope, kept.pk, actor, at)
    unread = [row for row in read if isinstance(row, Problem)]
    refused = tuple(sorted([*unread, *done.refused], key=lambda problem: problem.row))
    record_audit(
        action="billing.notice_returns.imported", actor=actor, at=at, subject=f"raw:{kept.uuid}", taken=done.taken,
        known=done.known, refused=len(refused),
    )  # fmt: skip
    return TakenReturns(done.taken, done.known, refused)


@transaction.atomic
def take_return(*, row: ReturnedRow, scope: Sequence[str], actor: Actor, at: datetime) -> bool:
    """One typed at the desk. False when it was known. Raises ReturnRefused."""
    done = _take([row], scope, None, actor, at)
    if done.refused:
        raise ReturnRefused(done.refused[0].message)
    return bool(done.taken)


def _take(
    rows: Sequence[ReturnedRow], scope: Sequence[str], raw_id: int | None, actor: Actor, at: datetime
) -> TakenReturns:  # fmt: skip
    lock_name("notice_returns")
    concerned = _positions_of(rows, scope)
    ids = {position.pk for position in concerned.values()}
    posted, back = posted_days(ids), _returned(ids)
    today, made, refused, known = at.astimezone(ROME).date(), [], [], 0
    for row in rows:
        position = concerned.get(_number(row))
        if position is None:
            refused.append(not_taken(row.line, NUMBER, _why_nobody(row)))
        elif row.returned_on in back.get(position.pk, {}):
            known += 1
        elif trouble := trouble_of(row, posted.get(position.pk), back.get(position.pk, {}), today):
            refused.append(trouble)
        else:
            back.setdefault(position.pk, {})[row.returned_on] = True
            made.append(_opened(row, position, raw_id, actor, at))
    NoticeReturn.objects.bulk_create(made)
    tell_each(facts=map(_fact, made), kind=TimelineEntry.Kind.RETURNED, at=at, actor=actor)
    return TakenReturns(len(made), known, tuple(refused))


def _number(row: ReturnedRow) -> str:
    """Empty when it is no notice number."""
    try:
        return read_notice_number(row.number)
    except NoticeNumberRefused:
        return ""


def _why_nobody(row: ReturnedRow) -> str:
    try:
        read_notice_number(row.number)
    except NoticeNumberRefused as refusal:
        return str(refusal)
    return ALIEN


def _positions_of(rows: Sequence[ReturnedRow], scope: Sequence[str]) -> dict[str, Position]:
    found = Instalment.objects.filter(notice_number__in={_number(row) for row in rows})
    if scope:
        found = found.filter(position__service__code__in=scope)
    return {one.notice_number: one.position for one in found.select_related("position__subject")}


def _returned(position_ids: set[int]) -> dict[int, dict[date, bool]]:
    """The days each came back; True while nobody has settled it."""
    back: dict[int, dict[date, bool]] = {}
    rows = NoticeReturn.objects.filter(position_id__in=position_ids)
    for position_id, day, settled_at in rows.values_list("position_id", "returned_on", "settled_at"):  # fmt: skip
        back.setdefault(position_id, {})[day] = settled_at is None
    return back


def _opened(
    row: ReturnedRow, position: Position, raw_id: int | None, actor: Actor, at: datetime
) -> NoticeReturn:
    return NoticeReturn(
        position=position, notice_number=_number(row), cause=row.cause.value, returned_on=row.returned_on,
        address=" ".join(position.subject.address_lines), raw_message_id=raw_id, opened_at=at, actor_name=actor.name,
    )  # fmt: skip


def _fact(one: NoticeReturn) -> tuple[int, str, dict[str, str]]:
    words = f"Il {one.returned_on:%d/%m/%Y}: {one.get_cause_display().lower()}"
    return one.position_id, words, {"on": one.returned_on.isoformat(), "cause": one.cause}
