"""How many credits time is about to take away, and their sum: asked at each view of the board, whatever the number.

Nearly every credit has the clock of its due date: such credits are counted by the server, day by day, off an index. Only
those with acts of their own, and those that took another's place, are read one by one: few.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum

from dunning.models import CreditRules
from dunning.selectors.limitation import (
    horizon_of,
    old_credits,
    plain_clock,
    rules_in,
    served_credits,
    with_clocks_of_their_own,
)


@dataclass(frozen=True, slots=True)
class Heap:
    """So many credits, and the cents still to be collected on them."""

    count: int = 0
    cents: int = 0

    def __add__(self, other: "Heap") -> "Heap":
        return Heap(self.count + other.count, self.cents + other.cents)

    def __sub__(self, other: "Heap") -> "Heap":
        return Heap(self.count - other.count, self.cents - other.cents)


@dataclass(frozen=True, slots=True)
class ExpiringTally:
    """``near``: their last day is within the days of alert; ``late``: it is past."""

    near: Heap = Heap()
    late: Heap = Heap()

    @property
    def whole(self) -> Heap:
        return self.near + self.late


def expiring_tally(*, scope: Collection[str], on: date) -> ExpiringTally:
    """The same credits as the list, without reading them. ``scope`` empty: all services."""
    parts = [_of_service(rules, on) for rules in rules_in(scope)]
    return ExpiringTally(
        sum((part.near for part in parts), Heap()), sum((part.late for part in parts), Heap())
    )


def _of_service(rules: CreditRules, on: date) -> ExpiringTally:
    """All by their due date, less the served ones, who are counted by their own clock."""
    horizon = horizon_of(rules, on)
    days = old_credits(rules, horizon).values_list("next_due_on")
    rows = list(days.annotate(Count("pk"), Sum("residual_cents")))
    served = served_credits(rules, horizon).values_list("next_due_on", "residual_cents")
    plain = _split(rules, rows, on)
    wrong = _split(rules, [(day, 1, cents) for day, cents in served], on)
    own = [
        (one.clock.last_day, Heap(1, one.position.residual_cents))
        for one in with_clocks_of_their_own(rules, on=on)
    ]
    near = sum((heap for last, heap in own if last >= on), plain.near - wrong.near)
    late = sum((heap for last, heap in own if last < on), plain.late - wrong.late)
    return ExpiringTally(near, late)


def _split(rules: CreditRules, rows: list[tuple[date, int, int]], on: date) -> ExpiringTally:
    """(due date, how many, cents) by the clock of the due date."""
    horizon, near, late = horizon_of(rules, on), Heap(), Heap()
    for due_on, count, cents in rows:
        last_day = plain_clock(rules, due_on).last_day
        if last_day < on:
            late += Heap(count, cents)
        elif last_day <= horizon:
            near += Heap(count, cents)
    return ExpiringTally(near, late)
