"""The three steps of money that has arrived: paid, reported in a flow, cashed by the treasurer."""

from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

_READ = """
SELECT c.id, c.channel, c.reference, c.amount_cents, c.paid_at, f.identifier, f.regulation_on, t.reference, t.value_on
FROM billing_collection c
LEFT JOIN pagopa_receipt r ON r.collection_id = c.id
LEFT JOIN LATERAL (
    SELECT w.flow_id FROM pagopa_flowrow w WHERE w.receipt_id = r.id AND w.label IN ('RT_IUF', 'RT_IUF_DIV_IMP')
    ORDER BY w.id LIMIT 1) AS row ON TRUE
LEFT JOIN pagopa_flow f ON f.id = row.flow_id
LEFT JOIN pagopa_treasurycredit t ON t.flow_id = f.id AND t.label = 'RT_IUF_TES'
WHERE c.position_id = %s ORDER BY c.paid_at, c.id
"""


class Steps(NamedTuple):
    """Of one collection. ``flow`` and ``treasury_reference`` are None until that step is reached."""

    collection_id: int
    channel: str
    reference: str
    paid_cents: int
    paid_at: datetime
    flow: str | None
    reported_on: date | None
    treasury_reference: str | None
    cashed_on: date | None


def steps_of(*, position_id: int) -> list[Steps]:
    """One for each collection of the position, in the order they were paid."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [position_id])
        return [Steps(*row) for row in cursor.fetchall()]
