"""Chapter 6 – payment begins: the Node asked for a notice to be paid. Nothing changes state: it is only noted."""

import json
from base64 import b64encode
from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from billing.models import TimelineEntry
from paybox.kernel.actor import PAGOPA
from paybox.kernel.prepared import Statement
from paybox.kernel.spool import Spool

# Many in one go. One fact a day: a citizen may try many times, and each try asks the Ente.
_NOTES = Statement(
    "activations",
    """
WITH asked AS (
    SELECT kind, at, date_trunc('day', at, 'Europe/Rome') AS midnight, decode(body, 'base64') AS body, position_id, notice
    FROM json_to_recordset(%(notes)s::json)
        AS given (kind text, at timestamptz, body text, position_id bigint, notice text)
), message AS (
    INSERT INTO {schema}.kernel_rawmessage (uuid, kind, received_at, sha256, body, headers)
    SELECT gen_random_uuid(), kind, at, encode(sha256(body), 'hex'), body, '{}' FROM asked
), told AS (
    INSERT INTO {schema}.billing_timelineentry (position_id, kind, at, actor_name, reference, details)
    SELECT DISTINCT ON (position_id, midnight) position_id, %(fact)s::text, at, %(actor)s::text, notice, '{}'::jsonb
    FROM asked
    WHERE position_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM {schema}.billing_timelineentry told
        WHERE told.position_id = asked.position_id AND told.kind = %(fact)s::text
            AND told.at >= asked.midnight AND told.at <= asked.at)
    ORDER BY position_id, midnight, at
)
SELECT count(*) FROM asked
""",
)


class Note(NamedTuple):
    """An activation that was asked for; ``position_id`` None: of no notice that can be paid."""

    schema: str
    raw: bytes
    operation: str
    position_id: int | None
    notice_number: str
    at: datetime


def note_activation(note: Note) -> None:
    """Keep the message, and tell the position when there is one. The answer waits neither for them nor for the disk."""
    _SPOOL.put(note)


def write_notes(notes: list[Note]) -> None:
    """One statement for each Ente. Raises psycopg.Error."""
    of_schema: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        of_schema[note.schema].append(note)
    for schema, its in of_schema.items():
        _NOTES.fetch(
            schema,
            {
                "notes": json.dumps([_row(note) for note in its]),
                "fact": TimelineEntry.Kind.ACTIVATED.value,
                "actor": PAGOPA.name,
            },
        )


def _row(note: Note) -> dict[str, object]:
    return {
        "kind": f"pagopa.{note.operation}",
        "at": note.at.isoformat(),
        "body": b64encode(note.raw).decode(),
        "position_id": note.position_id,
        "notice": note.notice_number,
    }


_SPOOL = Spool(write_notes)
