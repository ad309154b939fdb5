"""What happened to positions, told once, in order: the dates the board shows come from here."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, LiteralString

from django.db import connection

from billing.models import Position, TimelineEntry
from paybox.kernel.actor import Actor
from paybox.kernel.bulk import copy_rows

MANY = 500  # from here on COPY is worth its own round trip
_COLUMNS = ("position_id", "kind", "at", "actor_name", "reference", "details")
_TELL_SELECTED = """
INSERT INTO billing_timelineentry (position_id, kind, at, actor_name, reference, details)
SELECT found.position_id, %(_kind)s, %(_at)s, %(_actor)s, %(_reference)s, %(_details)s::jsonb
FROM found """
_TELL_EACH = """
INSERT INTO billing_timelineentry (position_id, kind, at, actor_name, reference, details)
SELECT position_id, %(kind)s, %(at)s, %(actor)s, reference, details::jsonb
FROM unnest(%(ids)s::bigint[], %(references)s::text[], %(details)s::text[]) AS g (position_id, reference, details)
"""
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
    _write(ids, (kind, at, actor.name, reference), details)
    if stamp := _STAMPS.get(TimelineEntry.Kind(kind)):
        Position.objects.filter(pk__in=ids, **{f"{stamp}__isnull": True}).update(**{stamp: at})


def tell_each(
    *, facts: Iterable[tuple[int, str, Mapping[str, Any]]], kind: str, at: datetime, actor: Actor
) -> None:
    """Append to each position its own fact of one kind: (position, reference, details). Only for kinds that stamp no date."""
    rows = [(i, ref, json.dumps(details)) for i, ref, details in facts]
    if len(rows) >= MANY:
        copy_rows(
            TimelineEntry, _COLUMNS, ((i, kind, at, actor.name, ref, d) for i, ref, d in rows)
        )
    elif rows:
        ids, references, told = map(list, zip(*rows, strict=True))
        given = {"ids": ids, "references": references, "details": told}
        with connection.cursor() as cursor:
            cursor.execute(_TELL_EACH, {**given, "kind": kind, "at": at, "actor": actor.name})


def tell_selected(
    *,
    select: LiteralString,
    given: Mapping[str, Any],
    kind: str,
    at: datetime,
    actor: Actor,
    reference: str = "",
    **details: Any,
) -> None:
    """Append the same fact to each ``found.position_id`` of the query ``WITH found AS (select)``: many, on the server.

    Only for kinds that stamp no date. ``given`` is what ``select`` names; names that begin with ``_`` are ours.
    """
    same: dict[str, Any] = {"_kind": kind, "_at": at, "_actor": actor.name, "_reference": reference}
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH found (position_id) AS (" + select + ")" + _TELL_SELECTED,
            {**given, **same, "_details": json.dumps(details)},
        )


def _write(ids: list[int], same: tuple[str, datetime, str, str], details: dict[str, Any]) -> None:
    if len(ids) >= MANY:
        text = json.dumps(details)
        copy_rows(TimelineEntry, _COLUMNS, ((i, *same, text) for i in ids))
        return
    kind, at, actor_name, reference = same
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            position_id=i,
            kind=kind,
            at=at,
            actor_name=actor_name,
            reference=reference,
            details=details,
        )
        for i in ids
    )
