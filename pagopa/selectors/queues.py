"""The queues of reconciliation: how many wait in each, what they are worth, since when."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum

from pagopa.labels import EXPLAINED, ROWS_WAITING, CreditLabel, FlowLabel, ReceiptLabel, RowLabel
from pagopa.models import FlowRow, TreasuryCredit
from pagopa.selectors.facts import PATIENCE
from pagopa.selectors.reconciliation import (
    flows_paid_in_part,
    flows_without_credit,
    receipts_paid_in_part,
    receipts_without_flow,
)

IUF_NO_TES, RT_NO_IUF = str(FlowLabel.IUF_NO_TES), str(ReceiptLabel.RT_NO_IUF)
FLOW_QUEUES = (FlowLabel.IUF_NO_TES, FlowLabel.IUF_TES_PART)
RECEIPT_QUEUES = (ReceiptLabel.RT_NO_IUF, ReceiptLabel.RT_TES_PART)


@dataclass(frozen=True, slots=True)
class Queue:
    """``code`` is the label that its members have; ``oldest_on`` is when the first of them came."""

    code: str
    count: int
    cents: int
    oldest_on: date

    def age(self, on: date) -> int:
        """Days that its oldest member has waited."""
        return (on - self.oldest_on).days


def queues(*, on: date) -> list[Queue]:
    """Only those where somebody waits, the oldest first."""
    credits = TreasuryCredit.objects.exclude(label__in=EXPLAINED)
    rows = FlowRow.objects.filter(label__in=ROWS_WAITING)
    found = [*_by_label(credits, "value_on"), *_by_label(rows, "paid_on")]
    for flows in FLOW_QUEUES:
        found += _whole(flows, flows_waiting(flows, on=on), "total_cents", "regulation_on")
    for late in RECEIPT_QUEUES:
        found += _whole(late, receipts_waiting(late, on=on), "amount_cents", "received_at__date")
    return sorted(found, key=lambda queue: queue.oldest_on)


def members(code: str, *, on: date) -> "QuerySet[Any, Any] | None":
    """What waits in that queue, or rests under that label, oldest first; None when there is no such queue."""
    if code in CreditLabel.values:
        return TreasuryCredit.objects.filter(label=code).order_by("value_on", "pk")
    if code in RowLabel.values:
        rows = FlowRow.objects.filter(label=code).select_related("flow")
        return rows.order_by("paid_on", "pk")
    if code in FLOW_QUEUES:
        return flows_waiting(code, on=on).order_by("regulation_on", "pk")
    if code in RECEIPT_QUEUES:
        waiting = receipts_waiting(code, on=on).select_related("collection__position")
        return waiting.order_by("received_at", "pk")
    return None


def flows_waiting(code: str, *, on: date) -> "QuerySet[Any, Any]":
    """Of FLOW_QUEUES."""
    if code == FlowLabel.IUF_NO_TES:
        return flows_without_credit(before=on - PATIENCE)
    return flows_paid_in_part()


def receipts_waiting(code: str, *, on: date) -> "QuerySet[Any, Any]":
    """Of RECEIPT_QUEUES."""
    if code == ReceiptLabel.RT_NO_IUF:
        return receipts_without_flow(before=on - PATIENCE)
    return receipts_paid_in_part()


def _by_label(found: "QuerySet[Any, Any]", day: str) -> list[Queue]:
    sums = found.order_by().values_list("label")
    rows = sums.annotate(count=Count("pk"), cents=Sum("amount_cents"), first=Min(day))
    return [Queue(*row) for row in rows]


def _whole(code: str, found: "QuerySet[Any, Any]", cents: str, day: str) -> list[Queue]:
    sums = found.order_by().aggregate(count=Count("pk"), cents=Sum(cents), first=Min(day))
    return [Queue(code, sums["count"], sums["cents"], sums["first"])] if sums["count"] else []
