"""Chapter 8 – money that a flow reports and whose receipt never came: after a wait it becomes a collection.

Before: a row of a flow labelled ``IUV_NO_RT``.  After: the ledger; the row rests, until a receipt comes.
The reference is the IUR, which is the receipt's own name: a receipt that comes late finds its money already booked.
Only what leaves no doubt is booked: one of our notices, for exactly what it asked that day, of which the others' shares
went straight to them. The rest waits for a person. Source: FlussoRiversamento, codes 0, 4, 8 and 9.
"""

from datetime import datetime, time

from django.db import transaction

from billing.models import Collection
from billing.services.collections import Received, record_collection
from billing.services.given_away import book_given_away
from pagopa.models import FlowRow
from pagopa.selectors.unreceipted import Explained, Waited, explain, waited_for_receipt
from pagopa.services.row_labels import label_rows_again
from paybox.kernel.actor import PAGOPA
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.queue import current_schema
from tenants.selectors.enti import ente_of_schema

MOST = 5000  # in one go: the next one takes the rest
_NOON = time(12)


def book_without_receipt(*, before: datetime, at: datetime) -> int:
    """Book, once, what flows received before ``before`` report and no receipt has told. Returns how many."""
    ente = ente_of_schema(current_schema())
    ours, booked = ente.codice_fiscale if ente else "", 0
    for waited in waited_for_receipt(before):
        explained = explain(waited, ente_code=ours)
        if explained is None:
            continue
        _book(waited, explained, at)
        booked += 1
        if booked == MOST:
            break
    return booked


@transaction.atomic
def _book(waited: Waited, explained: Explained, at: datetime) -> None:
    """A receipt that came in the meantime has already booked it: then nothing happens."""
    booked = record_collection(
        received=_received(waited, explained),
        booked_on=at.astimezone(ROME).date(),
        at=at,
        actor=PAGOPA,
    )
    if not booked.new:
        return
    book_given_away(collection_id=booked.collection_id, given=explained.given, at=at)
    rows = FlowRow.objects.filter(iur=waited.iur, iuv=waited.iuv, receipt_id__isnull=True)
    label_rows_again(rows.order_by("flow_id", "index"))
    record_audit(
        action="pagopa.collection.without_receipt",
        actor=PAGOPA,
        at=at,
        subject=f"collection:{booked.collection_id}",
        flow=waited.flow,
        iur=waited.iur,
    )


def _received(waited: Waited, explained: Explained) -> Received:
    return Received(
        channel=Collection.Channel.PAGOPA,
        reference=waited.iur,
        amount_cents=explained.whole_cents,
        notice_number=explained.notice_number,
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
