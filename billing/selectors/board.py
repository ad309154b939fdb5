"""The figures of the first page: running totals for money, indexes for what is late, never the whole history."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from billing.models import LedgerTotal, Load, Service, Transfer
from billing.selectors.ledger import Totals, totals_of
from billing.selectors.positions import positions_in

_AGES = (
    ("fino a 30 giorni", 0, 30),
    ("da 31 a 60", 30, 60),
    ("da 61 a 90", 60, 90),
    ("da 91 a 180", 90, 180),
    ("da 181 a 365", 180, 365),
    ("oltre un anno", 365, None),
)


@dataclass(frozen=True, slots=True)
class Age:
    """Overdue positions of one age in days, and the cents still to be paid on them."""

    label: str
    positions: int
    cents: int


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """One service's line; ``code`` is empty for money of no known service."""

    code: str
    name: str
    positions: int
    totals: Totals

    @property
    def net_cents(self) -> int:
        """What is still claimed or was: opened less withdrawn."""
        return self.totals.opened - self.totals.withdrawn

    @property
    def collected_percent(self) -> float | None:
        return 100 * self.totals.allotted / self.net_cents if self.net_cents else None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the first page says of billing. Cents."""

    whole: ServiceFigures
    services: tuple[ServiceFigures, ...]
    ages: tuple[Age, ...]
    unknown_excess_cents: int
    staged_loads: int

    @property
    def overdue_positions(self) -> int:
        return sum(age.positions for age in self.ages)

    @property
    def overdue_cents(self) -> int:
        return sum(age.cents for age in self.ages)


def board_figures(*, scope: Collection[str], on: date) -> Board:
    """The board of the services in ``scope`` (all when empty) on a day; four short reads."""
    services = _service_figures(scope)
    return Board(
        whole=_sum(services),
        services=tuple(s for s in services if s.code),
        ages=overdue_by_age(scope=scope, on=on),
        unknown_excess_cents=sum(s.totals.excess for s in services if not s.code),
        staged_loads=_loads_in(scope).filter(state=Load.State.STAGED).count(),
    )


def overdue_by_age(*, scope: Collection[str], on: date) -> tuple[Age, ...]:
    """Overdue positions by days since the first missed due date."""
    sums: dict[str, object] = {}
    for n, (_, after, until) in enumerate(_AGES):
        late = Q(next_due_on__lt=on - timedelta(days=after))
        if until is not None:
            late &= Q(next_due_on__gte=on - timedelta(days=until))
        sums[f"n{n}"] = Count("pk", filter=late)
        sums[f"c{n}"] = Sum("residual_cents", filter=late)
    found = positions_in(scope).overdue(on=on).aggregate(**sums)
    return tuple(
        Age(label, found[f"n{n}"], found[f"c{n}"] or 0) for n, (label, _, _) in enumerate(_AGES)
    )


def _loads_in(scope: Collection[str]) -> QuerySet[Load]:
    return Load.objects.filter(service__code__in=scope) if scope else Load.objects.all()


def _service_figures(scope: Collection[str]) -> list[ServiceFigures]:
    """From the running totals; every active service has a line, even with nothing yet."""
    rows = LedgerTotal.objects.values_list("service_id", "kind").annotate(
        cents=Sum("amount_cents"), moves=Sum("transfers")
    )
    money: dict[int | None, dict[str, int]] = {}
    opened: dict[int | None, int] = {}
    for service_id, kind, cents, moves in rows:
        money.setdefault(service_id, {})[kind] = cents
        if kind == Transfer.Kind.OPENING:
            opened[service_id] = moves
    known = Service.objects.order_by("name")
    known = known.filter(code__in=scope) if scope else known
    figures = [
        ServiceFigures(s.code, s.name, opened.get(s.pk, 0), totals_of(money.get(s.pk, {})))
        for s in known
        if s.is_active or s.pk in money
    ]
    if not scope and None in money:
        figures.append(ServiceFigures("", "Senza tipo di dovuto", 0, totals_of(money[None])))
    return figures


def _sum(figures: list[ServiceFigures]) -> ServiceFigures:
    every = [f.totals for f in figures]
    totals = Totals(
        opened=sum(t.opened for t in every),
        allotted=sum(t.allotted for t in every),
        excess=sum(t.excess for t in every),
        withdrawn=sum(t.withdrawn for t in every),
    )
    return ServiceFigures("", "Totale", sum(f.positions for f in figures), totals)
