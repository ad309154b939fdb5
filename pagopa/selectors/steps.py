"""The three steps of money that has arrived: paid, reported in a flow, cashed by the treasurer; and where each is read."""

from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

# A payment whose receipt never came was booked under its IUR: its row has no receipt and the same IUR.
_READ = """
SELECT c.id, c.channel, c.reference, c.amount_cents, c.paid_at, r.id, row.label, f.id, row.index, f.identifier,
    f.regulation_on, t.id, t.reference, t.value_on
FROM billing_collection c
LEFT JOIN pagopa_receipt r ON r.collection_id = c.id
LEFT JOIN LATERAL (
    SELECT w.flow_id, w.index, w.label FROM pagopa_flowrow w
    WHERE w.receipt_id = r.id AND w.label IN ('RT_IUF', 'RT_IUF_DIV_IMP', 'RT_IUF_A_MANO')
    UNION ALL
    SELECT w.flow_id, w.index, w.label FROM pagopa_flowrow w
    WHERE r.id IS NULL AND w.iuv = c.details->>'iuv' AND w.iur = c.reference AND w.label IN ('IUV_NO_RT', 'IUV_INCASSATO')
    ORDER BY flow_id, index LIMIT 1) AS row ON TRUE
LEFT JOIN pagopa_flow f ON f.id = row.flow_id
LEFT JOIN LATERAL (
    SELECT id, reference, value_on FROM pagopa_treasurycredit WHERE flow_id = f.id AND label = 'RT_IUF_TES'
    UNION ALL
    SELECT id, reference, value_on FROM pagopa_treasurycredit WHERE receipt_id = r.id AND label = 'RT_TES'
    UNION ALL
    SELECT max(b.id), string_agg(b.reference, ', ' ORDER BY b.value_on), max(b.value_on) FROM pagopa_repairpart x
    JOIN pagopa_repair p ON p.id = x.repair_id AND p.state = 'IN_VIGORE' JOIN pagopa_treasurycredit b ON b.id = p.credit_id
    WHERE x.flow_id = f.id OR (f.id IS NULL AND x.receipt_id = r.id)
    HAVING sum(x.amount_cents) >= COALESCE(f.total_cents, r.amount_cents) LIMIT 1) AS t ON TRUE
WHERE c.position_id = %s ORDER BY c.paid_at, c.id
"""


class Steps(NamedTuple):
    """Of one collection. ``flow`` and ``treasury_reference`` are None until that step is reached.

    ``receipt_id`` None: no receipt has come. ``credit_id``: the last credit that paid, where several did.
    """

    collection_id: int
    channel: str
    reference: str
    paid_cents: int
    paid_at: datetime
    receipt_id: int | None
    row_label: str | None
    flow_id: int | None
    row_index: int | None
    flow: str | None
    reported_on: date | None
    credit_id: int | None
    treasury_reference: str | None
    cashed_on: date | None


def steps_of(*, position_id: int) -> list[Steps]:
    """One for each collection of the position, in the order they were paid."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [position_id])
        return [Steps(*row) for row in cursor.fetchall()]
