"""Old credits chosen for a campaign: which they are, which time has taken away already, and what came of the letters by year.

Before: the office says service, years, amount and what must not have been sent.  After: planning, sending again, the report.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Position, TimelineEntry
from dunning.models import CreditRules, LetterCampaign, ServedAct
from dunning.rules.limitation import Clock
from dunning.selectors.limitation import clocks_of
from dunning.selectors.served import proved_steps
from paybox.kernel.clock import ROME


@dataclass(frozen=True, slots=True)
class Chosen:
    """``last_days``: position → the last day to ask for it. ``lapsed``: those whose last day is past, never asked for."""

    last_days: Mapping[int, date]
    lapsed: frozenset[int]


@dataclass(slots=True)
class YearChoice:
    """One year before anything is simulated; cents. ``near`` are chosen ones within the service's days of alert."""

    year: int
    overdue: int = 0
    left_out: int = 0
    lapsed: int = 0
    lapsed_cents: int = 0
    near: int = 0
    chosen: int = 0
    chosen_cents: int = 0
    last_day: date | None = field(default=None)


def chosen_for(campaign: LetterCampaign, *, on: date) -> Chosen:
    """Overdue credits of the campaign with their clocks, as of that day."""
    found = chosen_positions(campaign, on=on)
    clocks = {p.pk: clock for p, clock, _ in clocks_of(found, _rules(campaign))}
    return Chosen({pk: c.last_day for pk, c in clocks.items()}, _lapsed(clocks, on))


def lapsed_among(position_ids: Iterable[int], campaign: LetterCampaign, *, on: date) -> set[int]:
    """Of these positions, those time has taken away by that day: asked again before each message."""
    found = Position.objects.filter(pk__in=list(position_ids))
    clocks = {p.pk: clock for p, clock, _ in clocks_of(found, _rules(campaign))}
    return set(_lapsed(clocks, on))


def chosen_positions(campaign: LetterCampaign, *, on: date) -> QuerySet[Position]:
    """Overdue, of its years, and not those that were written to, or served with an act, where it says so."""
    found = _of_years(campaign, on)
    if campaign.quiet_since is not None:
        since = datetime.combine(campaign.quiet_since, time(0), ROME)
        told = TimelineEntry.objects.filter(
            position=OuterRef("pk"), kind=TimelineEntry.Kind.SENT, at__gte=since
        )
        found = found.exclude(Exists(told))
    if campaign.unserved_only:
        acts = ServedAct.objects.filter(position=OuterRef("pk"))
        steps = proved_steps().filter(position=OuterRef("pk"))
        found = found.exclude(Exists(acts)).exclude(Exists(steps))
    return found


def choice_by_year(campaign: LetterCampaign, *, on: date) -> list[YearChoice]:
    """What the choice gives, year by year: overdue, left out by what was sent, lapsed, to be asked for."""
    rules = _rules(campaign)
    years: dict[int, YearChoice] = {}
    for year in _of_years(campaign, on).values_list("year", flat=True):
        years.setdefault(year, YearChoice(year)).overdue += 1
    for position, clock, _ in clocks_of(chosen_positions(campaign, on=on), rules):
        _count(years[position.year], position, clock, on, rules.alert_days)
    for one in years.values():
        one.left_out = one.overdue - one.lapsed - one.chosen
    return [years[year] for year in sorted(years)]


def _count(one: YearChoice, position: Position, clock: Clock, on: date, alert_days: int) -> None:
    if clock.last_day < on:
        one.lapsed += 1
        one.lapsed_cents += position.residual_cents
        return
    one.chosen += 1
    one.chosen_cents += position.residual_cents
    one.near += clock.days_left(on=on) <= alert_days
    one.last_day = min(one.last_day or clock.last_day, clock.last_day)


def _of_years(campaign: LetterCampaign, on: date) -> QuerySet[Position]:
    years = {"year__gte": campaign.year_from, "year__lte": campaign.year_to}
    return Position.objects.overdue(on=on).filter(service=campaign.service_id, **years)


def _rules(campaign: LetterCampaign) -> CreditRules:
    return CreditRules.objects.select_related("service").get(service=campaign.service_id)


def _lapsed(clocks: Mapping[int, Clock], on: date) -> frozenset[int]:
    return frozenset(pk for pk, clock in clocks.items() if clock.last_day < on)
