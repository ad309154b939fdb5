"""What a notice asks for on a day, by the rules of its service."""

from dataclasses import replace
from datetime import date, timedelta

from billing.models import Instalment, Position, Transfer
from billing.rules.amount_due import AmountDue, DueFacts, amount_due_now, read_rules
from billing.states import InstalmentState
from paybox.kernel.clock import ROME

# Who asked a little before midnight may pay a little after it.
_DAYS_BACK = 2


def due_of(instalment: Instalment, *, on: date) -> AmountDue:
    """As the Node is answered, with what pagoPA adds by itself. What can no longer be paid keeps its printed amount.

    Select ``position__service`` when there are many; a service without rules asks the database nothing.
    """
    if instalment.state != InstalmentState.PAYABLE:
        return AmountDue(instalment.amount_cents)
    position = instalment.position
    if not position.service.amount_rules:
        return AmountDue(_printed(position, instalment), costs_cents=instalment.fee_cents)
    rules = read_rules(position.service.amount_rules)
    due = amount_due_now(due_facts(position, instalment), rules, on=on)
    return replace(due, costs_cents=due.costs_cents + instalment.fee_cents)


def days_of_asking(paid_on: date) -> list[date]:
    """The days on which the payer may have been told the amount, the likelier first."""
    return [paid_on - timedelta(days=back) for back in range(_DAYS_BACK)]


def asked_cents(instalment: Instalment, *, paid_on: date) -> list[int]:
    """What was asked for it when it was paid on ``paid_on``: as printed, with what pagoPA adds by itself, or by the rules
    of that day; the printed first.
    """
    by_rules = (due_of(instalment, on=day).total_cents for day in days_of_asking(paid_on))
    printed = instalment.amount_cents
    return list(dict.fromkeys([printed, printed + instalment.fee_cents, *by_rules]))


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
