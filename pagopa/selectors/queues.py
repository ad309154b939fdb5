"""The queues of reconciliation: how many wait in each, what they are worth, since when."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum

from pagopa.labels import EXPLAINED, CreditLabel, RowLabel
from pagopa.models import FlowRow, TreasuryCredit
from pagopa.selectors.reconciliation import flows_without_credit, receipts_without_flow

IUF_NO_TES = "IUF_NO_TES"
RT_NO_IUF = "RT_NO_IUF"
# pagoPA: credit on D+1, flow by the end of D+2; before that nothing is late.
PATIENCE = timedelta(days=3)


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
    rows = FlowRow.objects.exclude(label=RowLabel.RT_IUF)
    late = on - PATIENCE
    found = [*_by_label(credits, "value_on"), *_by_label(rows, "paid_on")]
    found += _whole(IUF_NO_TES, flows_without_credit(before=late), "total_cents", "regulation_on")
    found += _whole(
        RT_NO_IUF, receipts_without_flow(before=late), "amount_cents", "received_at__date"
    )
    return sorted(found, key=lambda queue: queue.oldest_on)


def members(code: str, *, on: date) -> "QuerySet[Any, Any] | None":
    """What waits in that queue, oldest first; None when there is no such queue."""
    late = on - PATIENCE
    if code in CreditLabel.values:
        return TreasuryCredit.objects.filter(label=code).order_by("value_on", "pk")
    if code in RowLabel.values:
        rows = FlowRow.objects.filter(label=code).select_related("flow")
        return rows.order_by("paid_on", "pk")
    if code == IUF_NO_TES:
        return flows_without_credit(before=late).order_by("regulation_on", "pk")
    if code == RT_NO_IUF:
        return receipts_without_flow(before=late).select_related("collection__position")
    return None


def _by_label(found: "QuerySet[Any, Any]", day: str) -> list[Queue]:
    sums = found.order_by().values_list("label")
    rows = sums.annotate(count=Count("pk"), cents=Sum("amount_cents"), first=Min(day))
    return [Queue(*row) for row in rows]


def _whole(code: str, found: "QuerySet[Any, Any]", cents: str, day: str) -> list[Queue]:
    sums = found.order_by().aggregate(count=Count("pk"), cents=Sum(cents), first=Min(day))
    return [Queue(code, sums["count"], sums["cents"], sums["first"])] if sums["count"] else []
