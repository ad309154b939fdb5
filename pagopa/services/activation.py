"""Chapter 6 – payment begins: the Node asked for a notice to be paid. Nothing changes state: it is only noted."""

from datetime import datetime, time
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from billing.models import TimelineEntry
from paybox.kernel.actor import PAGOPA
from paybox.kernel.clock import ROME
from paybox.kernel.inbox import store_raw

# One fact a day: a citizen may try many times, and each try asks the Ente.
_TELL_ONCE_A_DAY = """
    INSERT INTO billing_timelineentry (position_id, kind, at, actor_name, reference, details)
    SELECT %(position)s, %(kind)s, %(at)s, %(actor)s, %(notice)s, %(details)s
    WHERE NOT EXISTS (
        SELECT 1 FROM billing_timelineentry
        WHERE position_id = %(position)s AND kind = %(kind)s AND at >= %(midnight)s AND at <= %(at)s)
"""


@transaction.atomic
def note_activation(
    *, raw: bytes, operation: str, position_id: int | None, notice_number: str, at: datetime
) -> None:
    """Keep the message, and tell the position when there is one that can be paid."""
    store_raw(kind=f"pagopa.{operation}", body=raw, at=at)
    if position_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TELL_ONCE_A_DAY, _parameters(position_id, notice_number, at))


def _parameters(position_id: int, notice_number: str, at: datetime) -> dict[str, Any]:
    midnight = datetime.combine(at.astimezone(ROME).date(), time.min, tzinfo=ROME)
    return {
        "position": position_id,
        "kind": TimelineEntry.Kind.ACTIVATED.value,
        "at": at,
        "actor": PAGOPA.name,
        "notice": notice_number,
        "details": Jsonb({}),
        "midnight": midnight,
    }
