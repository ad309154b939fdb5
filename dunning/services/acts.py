"""Chapter 10 – acts: an open credit is withdrawn and a new one takes its place, with what the delay has added.

Before: reminders without result.  After: a position with its own IUV, each added sum on a line of its own; the old one
leaves pagoPA when the new one is there. What is paid on the old notice later goes to the new credit, as far as it is
owed (``billing/services/excesses``).
"""

from datetime import date, datetime

from django.db import transaction

from billing.events import position_replaced
from billing.models import Position, TimelineEntry
from billing.services.positions import (
    NewInstalment,
    NewPosition,
    OpeningLine,
    PositionRefused,
    open_position,
    withdraw_position,
)
from billing.services.timeline import tell
from billing.states import PositionState
from dunning.models import Hold
from dunning.services.act_sums import Costs, Lines, details_of, lines_of
from dunning.services.served_acts import carry_served_acts
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row

__all__ = ["Costs", "replace_position"]


@transaction.atomic
def replace_position(
    *,
    position_id: int,
    costs: Costs,
    reason: str,
    due_on: date,
    segregation: str,
    actor: Actor,
    at: datetime,
    interest_until: date | None = None,
    instalments: tuple[NewInstalment, ...] = (),
) -> Position:
    """Withdraw what is still owed and open it anew with the added sums, due whole on ``due_on``.

    ``interest_until``: the last day whose interest is in ``costs``, when that is not today. ``instalments``: the ways to pay, when
    it is not to be paid whole; together they make up the new total.

    Returns the new position. Raises PositionRefused when nothing is owed, or the new day is already past.
    """
    today = at.astimezone(ROME).date()
    if due_on < today:
        raise PositionRefused("La nuova scadenza è già passata")
    old = lock_row(Position, position_id)
    if old.state not in (PositionState.OPEN, PositionState.PARTLY_PAID):
        raise PositionRefused("La posizione è già pagata o annullata: non si può sostituire")
    lines = lines_of(old, costs, today=today)
    withdraw_position(position_id=old.pk, reason=reason, actor=actor, at=at)
    ways = instalments or (NewInstalment(0, due_on, lines.total),)
    new = _open(old, lines, ways, segregation, actor, at, interest_until or today)
    carry_served_acts(old=old, new=new)
    with_collector = Hold.objects.filter(position=old, reason=Hold.Reason.HANDED_OVER)
    with_collector.filter(lifted_at=None).update(position=new)
    _tell_replaced(old, new, reason, actor, at)
    return new


def _open(
    old: Position, lines: Lines, ways: tuple[NewInstalment, ...], segregation: str, actor: Actor, at: datetime,
    counted: date,
) -> Position:  # fmt: skip
    new = NewPosition(
        reference=old.reference,
        causale=old.causale,
        year=old.year,
        instalments=ways,
        origin=Position.Origin.REPLACEMENT,
        details=details_of(old, lines, counted=counted),
        lines=tuple(OpeningLine(kind, cents) for kind, cents in lines.added if cents),
    )
    position = open_position(
        service=old.service,
        subject=old.subject,
        new=new,
        segregation=segregation,
        actor=actor,
        at=at,
    )
    position.replaces = old
    position.save(update_fields=["replaces"])
    return position


def _tell_replaced(old: Position, new: Position, reason: str, actor: Actor, at: datetime) -> None:
    notice = new.instalments.order_by("number")[0].notice_number
    tell(
        position_ids=[old.pk],
        kind=TimelineEntry.Kind.REPLACED,
        at=at,
        actor=actor,
        reference=notice,
        position=str(new.uuid),
        reason=reason,
    )
    record_audit(
        action="dunning.position.replaced",
        actor=actor,
        at=at,
        subject=f"position:{old.uuid}",
        replacement=str(new.uuid),
        amount_cents=new.total_cents,
    )
    position_replaced.send(sender=Position, old_id=old.pk, new_id=new.pk, at=at)
