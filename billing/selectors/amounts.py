"""What a notice asks for on a day, by the rules of its service."""

from datetime import date

from billing.models import Instalment, Position, Transfer
from billing.rules.amount_due import AmountDue, DueFacts, amount_due_now, read_rules
from billing.states import InstalmentState
from paybox.kernel.clock import ROME


def due_of(instalment: Instalment, *, on: date) -> AmountDue:
    """As the Node is answered. What can no longer be paid keeps its printed amount.

    Select ``position__service`` when there are many; a service without rules asks the database nothing.
    """
    if instalment.state != InstalmentState.PAYABLE:
        return AmountDue(instalment.amount_cents)
    position = instalment.position
    if not position.service.amount_rules:
        return AmountDue(_printed(position, instalment))
    rules = read_rules(position.service.amount_rules)
    return amount_due_now(due_facts(position, instalment), rules, on=on)


def due_facts(position: Position, instalment: Instalment) -> DueFacts:
    """The facts that the rules look at, as they stand."""
    noticed_at = position.noticed_at
    return DueFacts(
        printed_cents=_printed(position, instalment),
        due_on=instalment.due_on,
        opened_on=position.opened_at.astimezone(ROME).date(),
        noticed_on=noticed_at.astimezone(ROME).date() if noticed_at else None,
        costs_charged=position.transfers.filter(kind=Transfer.Kind.COSTS).exists(),
    )


def _printed(position: Position, instalment: Instalment) -> int:
    return min(instalment.amount_cents, position.residual_cents)
