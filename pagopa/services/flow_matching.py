"""Chapter 8 – receipt ↔ row of a flow, whichever of the two comes first.

The receipt is found by IUV and IUR; a row whose IUR nobody has seen falls back on IUV and amount, if only one fits.
"""

from datetime import datetime

from django.db.models import Q

from billing.models import TimelineEntry
from billing.services.timeline import tell_selected
from pagopa.labels import RowLabel
from pagopa.models import Flow, FlowRow, Receipt
from pagopa.selectors.reconciliation import is_awaited_by_credit
from pagopa.services.row_labels import label_rows_again
from pagopa.services.row_repairs import rows_without_receipt
from paybox.kernel.actor import PAGOPA
from paybox.kernel.queue import enqueue

_UNTOLD = """
SELECT DISTINCT c.position_id
FROM pagopa_flowrow w
JOIN pagopa_receipt r ON r.id = w.receipt_id
JOIN billing_collection c ON c.id = r.collection_id
LEFT JOIN billing_timelineentry t
    ON t.position_id = c.position_id AND t.kind = %(kind)s AND t.reference = %(flow)s
WHERE w.flow_id = %(id)s AND w.label = %(label)s AND c.position_id IS NOT NULL AND t.id IS NULL
ORDER BY c.position_id
"""


def match_waiting_rows(*, receipt: Receipt) -> None:
    """A receipt that came after its flow: the rows that waited for it are labelled anew.

    Credits of one payment are labelled by a work of their own: a receipt must not wait for the treasurer's lock.
    """
    if is_awaited_by_credit(receipt.iuv):
        enqueue("pagopa.label_single_credits", queue="pagopa")
    named = Q(iur=receipt.receipt_id) | Q(amount_cents=receipt.amount_cents)
    waiting = FlowRow.objects.filter(named, iuv=receipt.iuv, receipt_id__isnull=True)
    rows = list(waiting.select_related("flow").order_by("flow_id", "index"))
    if not rows:
        return
    found = label_rows_again(rows_without_receipt(rows, at=receipt.received_at))
    for flow in {row.flow for row in found if row.label == RowLabel.RT_IUF}:
        tell_reconciled(flow=flow, at=receipt.received_at)


def tell_reconciled(*, flow: Flow, at: datetime) -> None:
    """Each position hears once that its payment is in that flow."""
    kind, label = str(TimelineEntry.Kind.RECONCILED), str(RowLabel.RT_IUF)
    tell_selected(
        select=_UNTOLD,
        given={"kind": kind, "flow": flow.identifier, "id": flow.pk, "label": label},
        kind=kind,
        at=at,
        actor=PAGOPA,
        reference=flow.identifier,
        regulation=flow.regulation,
    )
