"""Chapter 8 – money that a flow reports and whose receipt never came: after a wait it becomes a collection.

Before: a row of a flow labelled ``IUV_NO_RT``.  After: the ledger; the row stays in its queue until a receipt comes.
The reference is the IUR, which is the receipt's own name: a receipt that comes late finds its money already booked.
Only what leaves no doubt is booked: one of our notices, for exactly what it asks. The rest waits for a person.
Source: FlussoRiversamento, codes 0, 4, 8 and 9.
"""

from datetime import date, datetime, time
from typing import NamedTuple

from django.db import connection, transaction

from billing.models import Collection
from billing.services.collections import Received, record_collection
from pagopa.labels import PAID_OUTCOMES, RowLabel
from paybox.kernel.actor import PAGOPA
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME

MOST = 5000  # in one go: the next one takes the rest
_NOON = time(12)
_WAITED = """
SELECT w.iur, min(w.iuv), min(i.notice_number), sum(w.amount_cents)::bigint, min(w.paid_on), min(f.identifier),
    min(f.raw_message_id), min(w.outcome)
FROM pagopa_flowrow w
JOIN pagopa_flow f ON f.id = w.flow_id
JOIN billing_instalment i ON i.notice_number = '3' || w.iuv
WHERE w.label = %(label)s AND w.receipt_id IS NULL AND w.outcome = ANY(%(paid)s)
GROUP BY w.iur
HAVING max(f.received_at) < %(before)s AND count(DISTINCT i.id) = 1
    AND sum(w.amount_cents) = min(i.amount_cents)
    AND NOT EXISTS (SELECT 1 FROM billing_collection c WHERE c.channel = %(channel)s AND c.reference = w.iur)
ORDER BY w.iur LIMIT %(most)s
"""


class Waited(NamedTuple):
    """The rows of one IUR, together."""

    iur: str
    iuv: str
    notice_number: str
    amount_cents: int
    paid_on: date
    flow: str
    raw_message_id: int
    outcome: int


def book_without_receipt(*, before: datetime, at: datetime) -> int:
    """Book, once, what flows received before ``before`` report and no receipt has told. Returns how many."""
    waited = _waited(before)
    for one in waited:
        _book(one, at)
    return len(waited)


def _waited(before: datetime) -> list[Waited]:
    asked = {
        "label": str(RowLabel.IUV_NO_RT),
        "paid": sorted(PAID_OUTCOMES),
        "before": before,
        "channel": str(Collection.Channel.PAGOPA),
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAITED, asked)  # type: ignore[arg-type]  # a list is an array to psycopg
        return [Waited(*row) for row in cursor.fetchall()]


@transaction.atomic
def _book(waited: Waited, at: datetime) -> None:
    """A receipt that came in the meantime has already booked it: then nothing happens."""
    received = Received(
        channel=Collection.Channel.PAGOPA,
        reference=waited.iur,
        amount_cents=waited.amount_cents,
        notice_number=waited.notice_number,
        paid_at=datetime.combine(waited.paid_on, _NOON, ROME),
        raw_message_id=waited.raw_message_id,
        details={
            "iuv": waited.iuv,
            "iur": waited.iur,
            "flow": waited.flow,
            "outcome": waited.outcome,
            "without_receipt": True,
        },
    )
    booked_on = at.astimezone(ROME).date()
    booked = record_collection(received=received, booked_on=booked_on, at=at, actor=PAGOPA)
    if booked.new:
        record_audit(
            action="pagopa.collection.without_receipt",
            actor=PAGOPA,
            at=at,
            subject=f"collection:{booked.collection_id}",
            flow=waited.flow,
            iur=waited.iur,
        )
