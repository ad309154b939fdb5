"""Flows and credits of the treasurer as the accounting office looks at them, with their queues."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from pagopa.labels import CreditLabel, RowLabel
from pagopa.models import Flow, FlowRow, Receipt, Repair, RepairPart, TreasuryCredit


def flows() -> QuerySet[Flow]:
    """Newest first; ``odd_rows`` counts the rows that did not find an equal receipt."""
    odd = Count("rows", filter=~Q(rows__label=RowLabel.RT_IUF))
    found = Flow.objects.annotate(odd_rows=odd).select_related("treasury_credit")
    return found.order_by("-regulation_on", "-pk")


def flows_without_credit(*, before: date) -> QuerySet[Flow]:
    """Paid over before that day and not yet seen by the treasurer (IUF_NO_TES)."""
    said = RepairPart.objects.filter(flow=OuterRef("pk"), repair__state=Repair.State.IN_FORCE)
    late = flows().filter(treasury_credit__isnull=True, regulation_on__lt=before)
    return late.filter(~Exists(said))


def rows_to_look_at(label: str = "") -> QuerySet[FlowRow]:
    """Rows of flows that wait for a person."""
    odd = FlowRow.objects.exclude(label=RowLabel.RT_IUF).select_related("flow")
    return (odd.filter(label=label) if label else odd).order_by("-flow__regulation_on", "pk")


def receipts_without_flow(*, before: date) -> QuerySet[Receipt]:
    """Received before that day and in no flow yet (RT_NO_IUF): an anomaly from the third day on."""
    reported = FlowRow.objects.filter(receipt_id=OuterRef("pk"))
    said = RepairPart.objects.filter(receipt=OuterRef("pk"), repair__state=Repair.State.IN_FORCE)
    late = Receipt.objects.filter(
        ~Exists(reported), ~Exists(said), received_at__date__lt=before, treasury_credit__isnull=True
    )
    return late.order_by("received_at", "pk")


def treasury_credits(label: str = "") -> QuerySet[TreasuryCredit]:
    """Credits of the treasurer, newest first; of one label if it is given."""
    found = TreasuryCredit.objects.select_related("flow").order_by("-value_on", "-pk")
    return found.filter(label=label) if label else found


def counts_of_credits() -> dict[str, int]:
    """How many credits have each label; every label but RT_IUF_TES is a queue."""
    rows = TreasuryCredit.objects.order_by().values_list("label").annotate(count=Count("pk"))
    found = dict(rows)
    return {label: found.get(label, 0) for label in CreditLabel.values}
