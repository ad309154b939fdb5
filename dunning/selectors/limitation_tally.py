"""How many credits time is about to take away, and their sum: what the board asks at each view, whatever the number.

A credit for which nothing was served has the clock of its due date: such credits are counted by the server, day by day.
Only those with acts of their own are read one by one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from billing.models import Position
from dunning.models import CreditRules, ServedAct
from dunning.rules.limitation import CreditKind, clock_of
from dunning.selectors.limitation import (
    near_their_end,
    old_credits,
    old_replacements,
    suspensions_of,
)
from dunning.selectors.served import proved_steps


@dataclass(frozen=True, slots=True)
class ExpiringTally:
    """Cents still to be collected."""

    count: int
    cents: int


def expiring_tally(*, scope: Collection[str], on: date) -> ExpiringTally:
    """The same credits as ``expiring``, without reading them. ``scope`` empty: all services."""
    rules = CreditRules.objects.select_related("service")
    if scope:
        rules = rules.filter(service__code__in=scope)
    parts = [part for one in rules for part in (_unserved(one, on), _others(one, on))]
    return ExpiringTally(sum(p.count for p in parts), sum(p.cents for p in parts))


def _unserved(rules: CreditRules, on: date) -> ExpiringTally:
    horizon, kind, pauses = _horizon(rules, on), CreditKind(rules.kind), suspensions_of(rules)
    plain = old_credits(rules, horizon).exclude(_acted()).exclude(_proved())
    near = [
        (count, cents)
        for due_on, count, cents in plain.values_list("next_due_on").annotate(Count("pk"), Sum("residual_cents"))
        if clock_of(kind=kind, due_on=due_on, suspensions=pauses).last_day <= horizon
    ]  # fmt: skip
    return ExpiringTally(sum(count for count, _ in near), sum(cents for _, cents in near))


def _others(rules: CreditRules, on: date) -> ExpiringTally:
    horizon = _horizon(rules, on)
    served: QuerySet[Position] = old_credits(rules, horizon).filter(_acted() | _proved())
    found = near_their_end([*served, *old_replacements(rules, horizon)], rules, on=on)
    return ExpiringTally(len(found), sum(one.position.residual_cents for one in found))


def _horizon(rules: CreditRules, on: date) -> date:
    return on + timedelta(days=rules.alert_days)


def _acted() -> Exists:
    return Exists(ServedAct.objects.filter(position=OuterRef("pk")))


def _proved() -> Exists:
    return Exists(proved_steps().filter(position=OuterRef("pk")))
