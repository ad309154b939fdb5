"""What an act starts from: the principal in its parts, what was charged before, which of the added sums are owed. Pure.

Before: an unpaid credit.  After: ``act_lines`` works the sums out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from billing.rules.notification_costs import Way

MORA_AFTER = timedelta(days=30)  # c. 802: counted from when the act is enforceable

Row = tuple[
    str, str, int
]  # a part of the principal as it is kept: due on, interest charged until, cents


@dataclass(frozen=True, slots=True, order=True)
class Debt:
    """A part of the principal, in cents. ``since``: the last day whose interest was charged, or the due date."""

    due_on: date
    since: date
    cents: int


@dataclass(frozen=True, slots=True)
class ActFacts:
    """Cents and days. ``debts`` make up the principal, the oldest first.

    ``executive_on`` None: no act is enforceable yet, hence no charges. ``own_expenses_cents``: what the body has
    set instead of the decree, 0 where it has not. ``mora_from``: the first day of the body's ``mora_spread``
    (hundredths of a percent) above the legal rate, once an act is enforceable (c. 802). ``with_sanction`` only where one is owed.
    """

    debts: tuple[Debt, ...]
    earlier_cents: int
    on: date
    way: Way | None
    with_sanction: bool
    executive_on: date | None
    charges_on_everything: bool
    with_interest: bool = True
    mora_from: date | None = None
    mora_spread: int = 0
    own_expenses_cents: int = 0

    @property
    def principal_cents(self) -> int:
        return sum(debt.cents for debt in self.debts)


def still_owed(parts: Sequence[Debt], principal_cents: int) -> tuple[Debt, ...]:
    """What was paid took the oldest first (art. 1193 c.c.); what no part accounts for is of the oldest. Oldest first."""
    left, owed = principal_cents, []
    for part in reversed(parts):
        cents = min(part.cents, left)
        owed.append(replace(part, cents=cents))
        left -= cents
    owed[-1] = replace(owed[-1], cents=owed[-1].cents + left)
    return tuple(debt for debt in reversed(owed) if debt.cents)


def kept_rows(debts: Sequence[Debt], *, counted: date) -> list[Row]:
    """To be kept with the credit that takes the place; ``counted``: until when interest is charged with it."""
    return [(d.due_on.isoformat(), max(d.since, counted).isoformat(), d.cents) for d in debts]


def read_rows(rows: Iterable[Row]) -> list[Debt]:
    return [Debt(date.fromisoformat(due), date.fromisoformat(since), c) for due, since, c in rows]
