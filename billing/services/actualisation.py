"""Chapter 7, before the collection – what was paid is not what was printed: was it due on the day it was paid?

Before: ``collections`` finds that a service with rules was paid another amount.  After: the collection is booked
against what was owed. Interest and costs are credited, a reduction is taken off, each by a transfer of its own.
What was never due changes nothing here: the collection then has an excess, or leaves a debt.
"""

from datetime import datetime

from billing.models import Instalment, Position, TimelineEntry, Transfer
from billing.models.ledger import Account
from billing.rules.amount_due import AmountDue, find_day, read_rules
from billing.selectors.amounts import days_of_asking, due_facts
from billing.services.ledger import add_to_totals
from billing.services.timeline import tell
from billing.states import InstalmentState
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.money import format_euro


def actualise(
    *, notice_number: str, paid_cents: int, paid_at: datetime, at: datetime, actor: Actor
) -> bool:
    """Bring the debt to what was due when ``paid_cents`` were paid. False: never due, nothing written.

    In the transaction of the collection, once: a notice that is paid is not looked at again.
    """
    position_id = Instalment.objects.values_list("position_id", flat=True).get(
        notice_number=notice_number
    )
    position = lock_row(Position, position_id)
    instalment = position.instalments.get(notice_number=notice_number)
    if instalment.state != InstalmentState.PAYABLE:
        return False
    due = find_day(
        due_facts(position, instalment),
        read_rules(position.service.amount_rules),
        paid_cents=paid_cents,
        days=days_of_asking(paid_at.astimezone(ROME).date()),
    )
    if due is None:
        return False
    _move(position, due, notice_number, at)
    _tell(position, due, paid_at, actor)
    return True


def _move(position: Position, due: AmountDue, notice_number: str, at: datetime) -> None:
    kind, account = Transfer.Kind, Account
    moves = (
        (kind.INTEREST, account.CREDITI, account.ACCERTATO, due.interest_cents),
        (kind.COSTS, account.CREDITI, account.ACCERTATO, due.costs_cents),
        (kind.REDUCTION, account.ANNULLI, account.CREDITI, due.reduction_cents),
    )
    for name, debit, credit, cents in moves:
        if cents:
            Transfer.objects.create(
                kind=name, debit=debit, credit=credit, amount_cents=cents, position=position,
                cause=notice_number, booked_on=at.astimezone(ROME).date(), created_at=at,
            )  # fmt: skip
            add_to_totals(
                service_id=position.service_id, kind=name, amounts=[cents], slot=position.pk
            )
    position.residual_cents += due.accrued_cents - due.reduction_cents
    position.accrued_cents += due.accrued_cents
    position.save(update_fields=["residual_cents", "accrued_cents"])


def _tell(position: Position, due: AmountDue, paid_at: datetime, actor: Actor) -> None:
    named = (
        ("interessi", due.interest_cents),
        ("spese", due.costs_cents),
        ("riduzione per pagamento immediato", due.reduction_cents),
    )
    words = ", ".join(f"{name} {format_euro(cents)} €" for name, cents in named if cents)
    tell(
        position_ids=[position.pk],
        kind=TimelineEntry.Kind.NOTE,
        at=paid_at,
        actor=actor,
        reference=f"Importo al giorno del pagamento: {words}",
    )
