"""What a term left behind: how many had to pay by that day, who has not, how much.

Credits that a citizen opened by herself, with the public form, have no term: who leaves it half-way is not late.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from billing.models import Instalment, Position, TermMemo
from billing.selectors.overdue import OverdueDebt, overdue_debts
from billing.states import InstalmentState

LOOKS_BACK = timedelta(days=10)  # a day of rest of the clock loses no term


@dataclass(frozen=True, slots=True)
class TermFigures:
    """``positions`` had an instalment due that day; ``unpaid`` of them still owe something overdue. Cents."""

    positions: int
    unpaid: int
    unpaid_cents: int

    @property
    def percent(self) -> float:
        return 100 * self.unpaid / self.positions if self.positions else 0.0


def terms_without_memo(*, on: date) -> list[tuple[int, date]]:
    """(service, due day) of the terms that passed lately and were not told, oldest first."""
    passed = _asked_for().filter(due_on__lt=on, due_on__gte=on - LOOKS_BACK)
    found = set(passed.values_list("position__service_id", "due_on"))
    told = set(
        TermMemo.objects.filter(due_on__gte=on - LOOKS_BACK).values_list("service_id", "due_on")
    )
    return sorted(found - told, key=lambda term: (term[1], term[0]))


def positions_of_term(*, service_id: int, due_on: date) -> QuerySet[Position]:
    """Those not withdrawn with an instalment due that day, each once."""
    due = _asked_for().filter(due_on=due_on, position__service_id=service_id)
    return Position.objects.filter(pk__in=due.values("position_id"))


def _asked_for() -> QuerySet[Instalment]:
    standing = Instalment.objects.exclude(state=InstalmentState.WITHDRAWN)
    return standing.exclude(position__origin=Position.Origin.FORM)


def unpaid_of_term(*, service_id: int, due_on: date, on: date) -> list[OverdueDebt]:
    """The debts of that term that are overdue on the day ``on``, by subject."""
    ids = positions_of_term(service_id=service_id, due_on=due_on).values_list("pk", flat=True)
    return overdue_debts(on=on, service_id=service_id, position_ids=ids)


def term_figures(*, service_id: int, due_on: date, on: date) -> TermFigures:
    debts = unpaid_of_term(service_id=service_id, due_on=due_on, on=on)
    return TermFigures(
        positions=positions_of_term(service_id=service_id, due_on=due_on).count(),
        unpaid=len(debts),
        unpaid_cents=sum(debt.overdue_cents for debt in debts),
    )


def memos_in(scope: Collection[str]) -> QuerySet[TermMemo]:
    """Of the services whose codes are in ``scope`` (of all when empty), the latest term first."""
    every = TermMemo.objects.select_related("service").order_by("-due_on", "service__name")
    return every.filter(service__code__in=scope) if scope else every
