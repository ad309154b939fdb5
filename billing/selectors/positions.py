"""The lists of positions an official asks for, with how many they are and what they are worth."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, Sum

from billing.iuv import is_valid_notice_number
from billing.models import Position
from billing.models.position import PositionQuerySet
from billing.states import PositionState
from registry.models import Subject
from registry.selectors.subjects import subjects_matching

NEWEST_FIRST = ("-opened_at", "-id")


@dataclass(frozen=True, slots=True)
class PositionFilter:
    """What a list is restricted to; empty values restrict nothing. ``service`` is a code."""

    service: str = ""
    state: str = ""
    year: int | None = None
    overdue: bool = False
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return self == PositionFilter()


@dataclass(frozen=True, slots=True)
class FilterTotals:
    """How many positions, and their cents: opened and still to be paid."""

    positions: int
    total_cents: int
    residual_cents: int


def positions_in(scope: Collection[str]) -> PositionQuerySet:
    """The positions of the services whose codes are in ``scope``; of all of them when it is empty."""
    every: PositionQuerySet = Position.objects.all()
    return every.filter(service__code__in=scope) if scope else every


def positions_matching(
    wanted: PositionFilter, *, scope: Collection[str], on: date
) -> PositionQuerySet:
    """The positions of that filter, as they stand on the day ``on``, newest first."""
    found = positions_in(scope)
    if wanted.service:
        found = found.filter(service__code=wanted.service)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.year is not None:
        found = found.filter(year=wanted.year)
    if wanted.overdue:
        found = found.overdue(on=on)
    if text := wanted.text.strip():
        found = found.filter(_about(text))
    return found.order_by(*NEWEST_FIRST)


def _about(text: str) -> Q:
    """A notice number, a riferimento, or words about the debtor."""
    digits = "".join(text.split())
    if is_valid_notice_number(digits):
        return Q(instalments__notice_number=digits)
    subjects = Subject.objects.filter(pk__in=subjects_matching(text).order_by().values("pk"))
    return Q(subject__in=subjects) | Q(reference=text)


def filter_totals(found: PositionQuerySet) -> FilterTotals:
    """Count and euros of exactly that list."""
    sums = found.order_by().aggregate(
        positions=Count("pk"), total=Sum("total_cents"), residual=Sum("residual_cents")
    )
    return FilterTotals(sums["positions"], sums["total"] or 0, sums["residual"] or 0)


def position_of_uuid(uuid: UUID, *, scope: Collection[str]) -> Position | None:
    """One position with what its page tells: debtor, service, instalments, collections, load."""
    return (
        positions_in(scope)
        .select_related("service", "subject", "load", "replaces", "replaced_by")
        .prefetch_related("instalments", "collections")
        .filter(uuid=uuid)
        .first()
    )


def is_overdue(position: Position, *, on: date) -> bool:
    """The question of ``PositionQuerySet.overdue``, for one position at hand."""
    unpaid = position.state in (PositionState.OPEN, PositionState.PARTLY_PAID)
    return unpaid and position.next_due_on < on


def years_of_positions(*, scope: Collection[str]) -> list[int]:
    """The years there are, latest first."""
    years = positions_in(scope).order_by("-year").values_list("year", flat=True)
    return list(years.distinct())


def export_rows(found: PositionQuerySet, *, on: date) -> Iterator[tuple[object, ...]]:
    """One row per position of the list, in its order, for the CSV: raw values, cents and days.

    riferimento, service, name, codice fiscale, causale, year, state, total, residual, next due day, overdue,
    opened, published, noticed, paid, notice number of the rata unica (or first).
    """
    rows = found.select_related("service", "subject").prefetch_related("instalments")
    for p in rows.iterator(chunk_size=1000):
        ways = sorted(p.instalments.all(), key=lambda i: i.number)
        yield (
            p.reference, p.service.code, p.subject.name, p.subject.codice_fiscale, p.causale, p.year,
            p.get_state_display(), p.total_cents, p.residual_cents, p.next_due_on, is_overdue(p, on=on),
            p.opened_at, p.published_at, p.noticed_at, p.paid_at, ways[0].notice_number if ways else "",
        )  # fmt: skip
