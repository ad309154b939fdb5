"""How much of a flow, or of a receipt, is already paid by credits of the treasurer."""

from django.db.models import Sum

from pagopa.labels import REPORTED
from pagopa.models import Flow, FlowRow, Receipt, Repair, RepairPart, TreasuryCredit


def room_of_flow(flow: Flow, *, besides: TreasuryCredit | None = None) -> int:
    """Cents of it that no credit has paid yet; what ``besides`` pays does not count. Never below zero."""
    named = TreasuryCredit.objects.filter(flow=flow)
    parts = RepairPart.objects.filter(flow=flow, repair__state=Repair.State.IN_FORCE)
    if besides is not None:
        named = named.exclude(pk=besides.pk)
        parts = parts.exclude(repair__credit=besides)
    covered = sum(c.net_cents for c in named)
    covered += parts.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    return max(0, flow.total_cents - covered)


def room_of_receipt(receipt: Receipt, *, besides: TreasuryCredit | None = None) -> int:
    """Cents of it that neither a flow nor a credit has paid yet. Never below zero."""
    if FlowRow.objects.filter(receipt_id=receipt.pk, label__in=REPORTED).exists():
        return 0
    named = TreasuryCredit.objects.filter(receipt=receipt)
    parts = RepairPart.objects.filter(receipt=receipt, repair__state=Repair.State.IN_FORCE)
    if besides is not None:
        named = named.exclude(pk=besides.pk)
        parts = parts.exclude(repair__credit=besides)
    covered = sum(c.net_cents for c in named)
    covered += parts.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    return max(0, receipt.amount_cents - covered)
