"""A plan worked out: equal parts of the debt, each with the interest of its own days. Pure.

Before: a debt, how many instalments, the body's spread.  After: the ways to pay of the new credit, and what is taken off when a
plan ends early.
Interest is simple, on the principal alone, day by day at the legal rate of the day of the grant plus the spread that the body's
rules allow (L. 296/2006 art. 1 c. 165); costs and sanctions bear none. What does not divide goes to the last instalment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.rules.dated import RulesRefused, in_force
from billing.rules.instalment_plans import due_days
from billing.rules.interest import DAYS_IN_YEAR, LEGAL_RATES

MOST_SPREAD = 300  # hundredths of a percent, either way


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One instalment: ``cents`` in all, of which ``interest_cents`` for waiting until ``due_on``."""

    number: int
    due_on: date
    cents: int
    interest_cents: int


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """``principal_cents`` bears interest, ``other_cents`` does not. ``first``: any day of the first month."""

    principal_cents: int
    other_cents: int
    count: int
    first: date
    granted_on: date
    spread: int = 0


def plan_rate(*, granted_on: date, spread: int) -> int:
    """Hundredths of a percent a year, never below nothing. Raises RulesRefused beyond the three points of the law."""
    if abs(spread) > MOST_SPREAD:
        raise RulesRefused("La maggiorazione va da -3 a +3 punti (L. 296/2006, art. 1 c. 165)")
    return max(0, in_force(LEGAL_RATES, on=granted_on).value + spread)


def plan_rows(terms: PlanTerms) -> list[PlanRow]:
    """The instalments, in order. Raises RulesRefused."""
    if terms.count < 2:
        raise RulesRefused("Un piano ha almeno due rate")
    days = due_days(first=terms.first, count=terms.count)
    if days[0] <= terms.granted_on:
        raise RulesRefused("La prima rata deve scadere dopo il giorno in cui il piano è concesso")
    rate = plan_rate(granted_on=terms.granted_on, spread=terms.spread)
    principal = _parts(terms.principal_cents, terms.count)
    other = _parts(terms.other_cents, terms.count)
    if min(p + o for p, o in zip(principal, other, strict=True)) <= 0:
        raise RulesRefused("Il debito è troppo piccolo per tante rate")
    rows = []
    for number, (due_on, own, costs) in enumerate(zip(days, principal, other, strict=True), 1):
        interest = _interest(own, rate, (due_on - terms.granted_on).days)
        rows.append(PlanRow(number, due_on, own + costs + interest, interest))
    return rows


def unearned_cents(row: PlanRow, *, granted_on: date, on: date) -> int:
    """Of an instalment's interest, what is for days after ``on``: not owed when the plan ends there."""
    whole = (row.due_on - granted_on).days
    left = min(max(0, (row.due_on - on).days), whole)
    return row.interest_cents * left // whole if whole > 0 else 0


def _parts(cents: int, count: int) -> Sequence[int]:
    part, rest = divmod(cents, count)
    return [part] * (count - 1) + [part + rest]


def _interest(cents: int, rate: int, days: int) -> int:
    """Half a cent up."""
    divisor = DAYS_IN_YEAR * 10_000
    return (2 * cents * rate * days + divisor) // (2 * divisor)
