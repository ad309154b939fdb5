"""What a notice asks for on a given day: interest and costs when it is late, less when it is paid at once. Pure.

Before: the amount printed on the notice.  After: the answers to the Node, and the booking of what was paid.
A service without rules asks for the printed amount for ever. A rule counts for credits opened from its day on; of
several of one kind the latest such day wins, so that a rule ends with a newer one that says nothing.
Source: art. 1284 c.c. for interest; art. 202 c. 1 C.d.S. for a fine paid within five days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from billing.rules.interest import DAYS_IN_YEAR, legal_interest_cents

WHOLE = 10_000  # hundredths of a percent


class RuleKind(StrEnum):
    INTEREST = "INTERESSI"
    COSTS = "SPESE"
    REDUCTION = "RIDUZIONE"


@dataclass(frozen=True, slots=True)
class AmountRule:
    """``rate``: hundredths of a percent a year, None the legal one; ``cents``: costs; ``percent``: hundredths, taken off.

    ``days``: interest and costs begin that many days after the due day; a reduction ends that many after the notice.
    """

    kind: RuleKind
    since: date
    days: int = 0
    rate: int | None = None
    cents: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class DueFacts:
    """Of one notice. ``printed_cents``: what it asks for without rules, never more than is owed.

    ``noticed_on``: the day the debtor was told, None when not known: then the opening counts.
    ``costs_charged``: the credit has borne its costs already.
    """

    printed_cents: int
    due_on: date
    opened_on: date
    noticed_on: date | None = None
    costs_charged: bool = False


@dataclass(frozen=True, slots=True)
class AmountDue:
    """Cents; ``total_cents`` is what must be paid."""

    printed_cents: int
    interest_cents: int = 0
    costs_cents: int = 0
    reduction_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.printed_cents + self.accrued_cents - self.reduction_cents

    @property
    def accrued_cents(self) -> int:
        return self.interest_cents + self.costs_cents


def amount_due_now(facts: DueFacts, rules: Iterable[AmountRule], *, on: date) -> AmountDue:
    """What is due on that day. Never zero or less: a reduction leaves at least a cent. Raises InterestRefused."""
    force = _in_force(rules, facts.opened_on)
    return AmountDue(
        facts.printed_cents,
        _interest(facts, force.get(RuleKind.INTEREST), on),
        _costs(facts, force.get(RuleKind.COSTS), on),
        _reduction(facts, force.get(RuleKind.REDUCTION), on),
    )


def find_day(
    facts: DueFacts, rules: Sequence[AmountRule], *, paid_cents: int, days: Iterable[date]
) -> AmountDue | None:
    """What was due on the first of those days on which it was exactly what was paid; None when it never was."""
    dues = (amount_due_now(facts, rules, on=day) for day in days)
    return next((due for due in dues if due.total_cents == paid_cents), None)


def read_rules(kept: Iterable[Mapping[str, Any]]) -> tuple[AmountRule, ...]:
    """Rules as a service keeps them: ``tipo``, ``dal``, ``giorni``, ``tasso``, ``centesimi``, ``percento``."""
    return tuple(
        AmountRule(
            RuleKind(one["tipo"]),
            date.fromisoformat(one["dal"]),
            days=int(one.get("giorni", 0)),
            rate=None if one.get("tasso") is None else int(one["tasso"]),
            cents=int(one.get("centesimi", 0)),
            percent=int(one.get("percento", 0)),
        )
        for one in kept
    )


def _in_force(rules: Iterable[AmountRule], opened_on: date) -> dict[RuleKind, AmountRule]:
    since = sorted((r for r in rules if r.since <= opened_on), key=lambda rule: rule.since)
    return {rule.kind: rule for rule in since}


def _is_late(facts: DueFacts, rule: AmountRule, on: date) -> bool:
    return on > facts.due_on + timedelta(days=rule.days)


def _interest(facts: DueFacts, rule: AmountRule | None, on: date) -> int:
    """From the day after the due day, once the days of grace are over."""
    if rule is None or not _is_late(facts, rule, on):
        return 0
    if rule.rate is None:
        return legal_interest_cents(
            principal_cents=facts.printed_cents, due_on=facts.due_on, paid_on=on
        )
    divisor = DAYS_IN_YEAR * WHOLE
    weighted = facts.printed_cents * rule.rate * (on - facts.due_on).days
    return (2 * weighted + divisor) // (2 * divisor)


def _costs(facts: DueFacts, rule: AmountRule | None, on: date) -> int:
    if rule is None or facts.costs_charged or not _is_late(facts, rule, on):
        return 0
    return rule.cents


def _reduction(facts: DueFacts, rule: AmountRule | None, on: date) -> int:
    """Half a cent of reduction is not given."""
    if rule is None or on > (facts.noticed_on or facts.opened_on) + timedelta(days=rule.days):
        return 0
    return min(facts.printed_cents * rule.percent // WHOLE, facts.printed_cents - 1)
