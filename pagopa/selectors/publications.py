"""Where positions stand on their way to pagoPA."""

from collections.abc import Collection

from django.db.models import Count, Exists, OuterRef, QuerySet

from billing.models import Position
from billing.selectors.replacements import heirs_of
from pagopa.models import Publication


def counts_by_state() -> dict[str, int]:
    """How many publications are in each state; states with none are there with 0."""
    rows = Publication.objects.filter(action=Publication.Action.PUBLISH)
    found = dict(rows.order_by().values_list("state").annotate(count=Count("pk")))
    return {state: found.get(state, 0) for state in Publication.State.values}


def kept_until_replaced(position_ids: Collection[int]) -> set[int]:
    """Of these positions, those whose replacement is owed and not on pagoPA yet: they must not come off."""
    heirs = heirs_of(position_ids)
    there = Publication.objects.filter(
        position_id=OuterRef("pk"),
        action=Publication.Action.PUBLISH,
        state=Publication.State.ACKNOWLEDGED,
    )
    missing = set(
        Position.objects.unpaid()
        .filter(~Exists(there), pk__in=heirs.values())
        .values_list("pk", flat=True)
    )
    return {old for old, heir in heirs.items() if heir in missing}


def publications_in(state: str) -> QuerySet[Publication]:
    """Newest first, with what a list shows."""
    rows = Publication.objects.filter(state=state).order_by("-asked_at", "-pk")
    return rows.select_related("position__subject", "position__service")
