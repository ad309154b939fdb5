"""Chapter 6 – payment begins: the Node asked for a notice to be paid. Nothing changes state: it is only noted."""

import hashlib
from datetime import datetime, time

from billing.models import TimelineEntry
from paybox.kernel.actor import PAGOPA
from paybox.kernel.clock import ROME
from paybox.kernel.prepared import Statement

# One fact a day: a citizen may try many times, and each try asks the Ente. No money hangs on either row, so that the
# answer waits neither for them nor for the disk: a server that falls in that instant forgets that somebody asked.
_NOTE = Statement(
    "activation",
    """
WITH message AS (
    INSERT INTO {schema}.kernel_rawmessage (uuid, kind, received_at, sha256, body, headers)
    VALUES (gen_random_uuid(), %(kind)s::text, %(at)s::timestamptz, %(sha256)s::text, %(body)s::bytea, '{}')
), told AS (
    INSERT INTO {schema}.billing_timelineentry (position_id, kind, at, actor_name, reference, details)
    SELECT %(position)s::bigint, %(fact)s::text, %(at)s::timestamptz, %(actor)s::text, %(notice)s::text, '{}'
    WHERE %(position)s::bigint IS NOT NULL AND NOT EXISTS (
        SELECT FROM {schema}.billing_timelineentry
        WHERE position_id = %(position)s::bigint AND kind = %(fact)s::text AND at >= %(midnight)s::timestamptz
            AND at <= %(at)s::timestamptz)
)
SELECT set_config('synchronous_commit', 'off', TRUE)
""",
)


def note_activation(
    *,
    schema: str,
    raw: bytes,
    operation: str,
    position_id: int | None,
    notice_number: str,
    at: datetime,
) -> None:
    """Keep the message, and tell the position when there is one that can be paid. Raises psycopg.Error."""
    midnight = datetime.combine(at.astimezone(ROME).date(), time.min, tzinfo=ROME)
    _NOTE.send(
        schema,
        {
            "kind": f"pagopa.{operation}",
            "at": at.isoformat(),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "body": raw,
            "position": None if position_id is None else str(position_id),
            "fact": TimelineEntry.Kind.ACTIVATED.value,
            "actor": PAGOPA.name,
            "notice": notice_number,
            "midnight": midnight.isoformat(),
        },
    )
