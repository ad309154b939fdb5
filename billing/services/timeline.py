"""What happened to positions, told once, in order: the dates the board shows come from here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from billing.models import Position, TimelineEntry
from paybox.kernel.actor import Actor

_STAMPS = {
    TimelineEntry.Kind.PUBLISHED: "published_at",
    TimelineEntry.Kind.NOTICED: "noticed_at",
}


def tell(
    *,
    position_ids: Iterable[int],
    kind: str,
    at: datetime,
    actor: Actor,
    reference: str = "",
    **details: Any,
) -> None:
    """Append the same fact to each position; the first time also stamps its date on the position."""
    ids = list(position_ids)
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            position_id=i,
            kind=kind,
            at=at,
            actor_name=actor.name,
            reference=reference,
            details=details,
        )
        for i in ids
    )
    if stamp := _STAMPS.get(TimelineEntry.Kind(kind)):
        Position.objects.filter(pk__in=ids, **{f"{stamp}__isnull": True}).update(**{stamp: at})
