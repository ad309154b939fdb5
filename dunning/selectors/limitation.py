"""Which unpaid credits time is about to take away: one clock for each, from what was served for it.

A credit is looked at only where the body has said of what kind it is (``CreditRules``), and only when it is old enough that
its shortest term may be near: the rest is never read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from billing.models import Position
from dunning.models import CreditRules, ServedAct
from dunning.rules.limitation import (
    TERMS,
    Clock,
    CreditKind,
    Effect,
    Served,
    Suspension,
    clock_of,
    years_after,
)
from dunning.selectors.acts import TITLES, due_before
from dunning.selectors.served import acts_served, proved_steps


@dataclass(frozen=True, slots=True)
class Expiring:
    """An unpaid credit near its last day, or past it."""

    position: Position
    clock: Clock
    days_left: int
    acts: int


def rules_in(scope: Collection[str]) -> QuerySet[CreditRules]:
    """Of the services whose kind of credit is known. ``scope`` empty: all of them."""
    rules = CreditRules.objects.select_related("service").order_by("pk")
    return rules.filter(service__code__in=scope) if scope else rules


def horizon_of(rules: CreditRules, on: date) -> date:
    """The last of the days of alert."""
    return on + timedelta(days=rules.alert_days)


def plain_clock(rules: CreditRules, due_on: date) -> Clock:
    """Of a credit for which nothing was served: its last day never comes before that of one that fell due earlier."""
    kind = CreditKind(rules.kind)
    return clock_of(kind=kind, due_on=due_on, suspensions=suspensions_of(rules))


def clocks_of(
    positions: Iterable[Position], rules: CreditRules
) -> list[tuple[Position, Clock, int]]:
    """Each position with its clock and how many acts were served for it."""
    known = list(positions)
    served = _served([p.pk for p in known])
    kind, pauses = CreditKind(rules.kind), suspensions_of(rules)
    return [
        (
            p,
            clock_of(kind=kind, due_on=due_before(p), served=served[p.pk], suspensions=pauses),
            len(served[p.pk]),
        )
        for p in known
    ]


def suspensions_of(rules: CreditRules) -> list[Suspension]:
    """The periods that the body has written for the service, each with its source."""
    return [
        Suspension(date.fromisoformat(since), date.fromisoformat(until))
        for since, until, _ in rules.suspensions
    ]


def with_clocks_of_their_own(rules: CreditRules, *, on: date) -> list[Expiring]:
    """Those near their end whose due date alone does not say it: served, or in another's place. Few."""
    horizon = horizon_of(rules, on)
    asked = (served_credits(rules, horizon), old_replacements(rules, horizon))
    found = [p for some in asked for p in some.select_related("subject", "service")]
    return near_their_end(found, rules, on=on)


def near_their_end(
    positions: Iterable[Position], rules: CreditRules, *, on: date
) -> list[Expiring]:
    """Of these, those whose last day is within the days of alert, or past."""
    horizon = horizon_of(rules, on)
    return [
        Expiring(position, clock, clock.days_left(on=on), acts)
        for position, clock, acts in clocks_of(positions, rules)
        if clock.last_day <= horizon
    ]


def old_credits(rules: CreditRules, horizon: date) -> QuerySet[Position]:
    """Unpaid, in nobody's place, and due so long ago that they may end within the horizon."""
    unpaid = Position.objects.unpaid().filter(service=rules.service, replaces__isnull=True)
    return unpaid.filter(next_due_on__lte=_newest(rules, horizon))


def served_credits(rules: CreditRules, horizon: date) -> QuerySet[Position]:
    """Of the old ones, those for which something was served; asked from the side of the acts, which are fewer."""
    acts = ServedAct.objects.filter(position__service=rules.service)
    steps = proved_steps().filter(position__service=rules.service)
    known = {
        *acts.values_list("position_id", flat=True),
        *steps.values_list("position_id", flat=True),
    }
    return old_credits(rules, horizon).filter(pk__in=known)


def old_replacements(rules: CreditRules, horizon: date) -> QuerySet[Position]:
    """A replacement is young, its credit is not: where it fell due first is in its own details. Few, and indexed."""
    unpaid = Position.objects.unpaid().filter(service=rules.service, replaces__isnull=False)
    first_due = Coalesce(KT("details__righe__scadenza"), Cast("next_due_on", TextField()))
    newest = _newest(rules, horizon).isoformat()
    return unpaid.annotate(first_due=first_due).filter(first_due__lte=newest)


def _newest(rules: CreditRules, horizon: date) -> date:
    """A credit due after this day cannot end within the horizon: no term is shorter than its years."""
    term = TERMS[CreditKind(rules.kind)]
    years = min(term.years, term.assess_years or term.years)
    return years_after(horizon, -years)


def _served(position_ids: list[int]) -> dict[int, list[Served]]:
    """What each act does to the clock."""
    found: dict[int, list[Served]] = defaultdict(list)
    for position_id, acts in acts_served(position_ids).items():
        for act in acts:
            effect = Effect.ASSESSES if act.kind in TITLES else Effect.INTERRUPTS
            found[position_id].append(Served(act.perfected_on, effect, act.sent_on))
    return found
