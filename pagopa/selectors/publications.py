"""Where positions stand on their way to pagoPA."""

from django.db.models import Count, QuerySet

from pagopa.models import Publication


def counts_by_state() -> dict[str, int]:
    """How many publications are in each state; states with none are there with 0."""
    rows = Publication.objects.filter(action=Publication.Action.PUBLISH)
    found = dict(rows.order_by().values_list("state").annotate(count=Count("pk")))
    return {state: found.get(state, 0) for state in Publication.State.values}


def publications_in(state: str) -> QuerySet[Publication]:
    """Newest first, with what a list shows."""
    rows = Publication.objects.filter(state=state).order_by("-asked_at", "-pk")
    return rows.select_related("position__subject", "position__service")
