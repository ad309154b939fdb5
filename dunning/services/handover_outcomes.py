"""Chapter 10 – hand-over, the way back: what the collector did with each credit.

Before: a file handed over.  After: each credit with its outcomes; what is refused or given back may be handed over again.
A file is taken whole or not at all; the same file twice changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from billing.models import TimelineEntry
from billing.selectors.replacements import heirs_of
from billing.services.timeline import tell
from dunning.models import HandOver, HandOverOutcome, Hold
from dunning.rules.outcomes_file import BadRow, Outcome, read_outcomes
from dunning.selectors.handover import given_to_collector
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_row
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused


class OutcomesRefused(Refused):
    """Some rows are wrong: none was taken. ``problems`` says which, row by row."""

    def __init__(self, problems: list[BadRow]) -> None:
        rows = "una riga" if len(problems) == 1 else f"{len(problems)} righe"
        super().__init__(f"Il file non è stato preso: {rows} da correggere")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Taken:
    """How many outcomes are new, and how many were known already."""

    new: int
    known: int


@transaction.atomic
def take_outcomes(*, handover_id: int, raw: bytes, actor: Actor, at: datetime) -> Taken:
    """Take the file of outcomes of one hand-over. Raises FileRefused, OutcomesRefused."""
    handover = lock_row(HandOver, handover_id)
    rows = read_outcomes(raw, codes=HandOverOutcome.Code.values)
    items = _items_by_reference(handover)
    problems = [row for row in rows if isinstance(row, BadRow)]
    outcomes = [row for row in rows if isinstance(row, Outcome)]
    problems += [bad for row in outcomes if (bad := _wrong(row, items, at))]
    if problems:
        raise OutcomesRefused(sorted(problems, key=lambda bad: bad.line))
    stored = store_raw(kind="dunning.handover_outcomes", body=raw, at=at)
    new = sum(_take(row, *items[row.reference], actor, at) for row in outcomes)
    _take_up_again(handover, [pk for _, pk in items.values()], at)
    record_audit(
        action="dunning.handover.outcomes",
        actor=actor,
        at=at,
        subject=f"handover:{handover.uuid}",
        new=new,
        sha256=stored.sha256,
    )
    return Taken(new, len(outcomes) - new)


def _take_up_again(handover: HandOver, position_ids: list[int], at: datetime) -> None:
    """What is with the collector no more may be chased by the office, or handed over anew."""
    theirs = {*position_ids, *heirs_of(position_ids).values()}
    back = theirs - given_to_collector(handover.service)
    held = Hold.objects.filter(reason=Hold.Reason.HANDED_OVER, lifted_at=None, position_id__in=back)
    held.update(lifted_at=at)


def _items_by_reference(handover: HandOver) -> dict[str, tuple[int, int]]:
    """reference → (item, position), of what went in."""
    went = handover.items.filter(included=True)
    return {
        ref: (item, pk)
        for ref, item, pk in went.values_list("position__reference", "pk", "position_id")
    }


def _wrong(row: Outcome, items: Mapping[str, tuple[int, int]], at: datetime) -> BadRow | None:
    if row.reference not in items:
        words = f"«{row.reference}» non è fra le posizioni di questa consegna."
        return BadRow(row.line, "riferimento", words)
    if row.on > at.astimezone(ROME).date():
        return BadRow(row.line, "data", "è nel futuro.")
    return None


def _take(row: Outcome, item_id: int, position_id: int, actor: Actor, at: datetime) -> bool:
    outcome, is_new = HandOverOutcome.objects.get_or_create(
        item_id=item_id,
        code=row.code,
        on=row.on,
        amount_cents=row.amount_cents,
        defaults={"note": row.note, "at": at, "actor_name": actor.name},
    )
    if is_new:
        amount = f" per {format_euro(row.amount_cents)} €" if row.amount_cents else ""
        words = f"Riscossione coattiva: {outcome.get_code_display()}{amount} il {row.on:%d/%m/%Y}"
        tell(
            position_ids=[position_id],
            kind=TimelineEntry.Kind.NOTE,
            at=at,
            actor=actor,
            reference=words,
        )
    return is_new
