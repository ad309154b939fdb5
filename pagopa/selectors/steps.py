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
LEFT JOIN LATERAL (
    SELECT reference, value_on FROM pagopa_treasurycredit WHERE flow_id = f.id AND label = 'RT_IUF_TES'
    UNION ALL
    SELECT reference, value_on FROM pagopa_treasurycredit WHERE receipt_id = r.id AND label = 'RT_TES'
    UNION ALL
    SELECT string_agg(b.reference, ', ' ORDER BY b.value_on), max(b.value_on) FROM pagopa_repairpart x
    JOIN pagopa_repair p ON p.id = x.repair_id AND p.state = 'IN_VIGORE' JOIN pagopa_treasurycredit b ON b.id = p.credit_id
    WHERE x.flow_id = f.id OR x.receipt_id = r.id
    HAVING sum(x.amount_cents) >= COALESCE(f.total_cents, r.amount_cents) LIMIT 1) AS t ON TRUE
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
