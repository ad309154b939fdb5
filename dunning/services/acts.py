"""Chapter 10 – acts: an open credit is withdrawn and a new one takes its place, with what the delay has added.

Before: reminders without result.  After: a position with its own IUV, each added sum on a line of its own; the old one
leaves pagoPA when the new one is there. What is paid on the old notice later goes to the new credit, as far as it is
owed (``billing/services/excesses``).
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from billing.events import position_replaced
from billing.models import Position, TimelineEntry, Transfer
from billing.rules.interest import legal_interest_cents
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
from dunning.selectors.acts import due_before, interest_since, is_sanctioned, principal_of
from dunning.services.served_acts import carry_served_acts
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row


@dataclass(frozen=True, slots=True)
class Costs:
    """What is added, in cents. ``interest_cents`` None: legal interest on the principal, up to the day of the act."""

    expenses_cents: int = 0
    sanctions_cents: int = 0
    interest_cents: int | None = None
    charges_cents: int = 0

    def __post_init__(self) -> None:
        given = (self.expenses_cents, self.sanctions_cents, self.charges_cents)
        if min(*given, self.interest_cents or 0) < 0:
            raise PositionRefused("Spese, sanzioni e interessi non possono essere negativi")


@dataclass(frozen=True, slots=True)
class Lines:
    """The new total, line by line, in cents. ``earlier`` is what a previous replacement had already added."""

    principal: int
    earlier: int
    sanctions: int
    interest: int
    expenses: int
    charges: int

    @property
    def total(self) -> int:
        return self.principal + self.earlier + sum(cents for _, cents in self.added)

    @property
    def added(self) -> tuple[tuple[str, int], ...]:
        """Each added sum with the kind of its movement."""
        kind = Transfer.Kind
        return (
            (kind.SANCTION, self.sanctions),
            (kind.INTEREST, self.interest),
            (kind.SERVICE_COSTS, self.expenses),
            (kind.CHARGES, self.charges),
        )


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
    lines = _lines(old, costs, today)
    withdraw_position(position_id=old.pk, reason=reason, actor=actor, at=at)
    ways = instalments or (NewInstalment(0, due_on, lines.total),)
    new = _open(old, lines, ways, segregation, actor, at, interest_until or today)
    carry_served_acts(old=old, new=new)
    with_collector = Hold.objects.filter(position=old, reason=Hold.Reason.HANDED_OVER)
    with_collector.filter(lifted_at=None).update(position=new)
    _tell_replaced(old, new, reason, actor, at)
    return new


def _lines(old: Position, costs: Costs, today: date) -> Lines:
    """Interest runs on principal only (art. 1283 c.c.); what was added before stays as it was."""
    principal = principal_of(old)
    interest = costs.interest_cents
    if interest is None:
        since = interest_since(old)
        interest = legal_interest_cents(principal_cents=principal, due_on=since, paid_on=today)
    return Lines(
        principal,
        old.residual_cents - principal,
        costs.sanctions_cents,
        interest,
        costs.expenses_cents,
        costs.charges_cents,
    )


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
        details={
            "sostituisce": str(old.uuid),
            "righe": {
                "capitale_cents": lines.principal,
                "precedenti_cents": lines.earlier,
                "sanzioni_cents": lines.sanctions,
                "interessi_cents": lines.interest,
                "spese_cents": lines.expenses,
                "oneri_cents": lines.charges,
                "scadenza": due_before(old).isoformat(),
                "sanzionata": lines.sanctions > 0 or is_sanctioned(old),
                "interessi_al": counted.isoformat(),
            },
        },
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
