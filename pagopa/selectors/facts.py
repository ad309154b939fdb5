"""The facts of a flow and of a receipt, gathered for ``rules/labelling``: who has paid them, and whether it is late."""

from datetime import date, timedelta

from django.db.models import Sum

from pagopa.labels import REPORTED, FlowLabel, ReceiptLabel, RowLabel
from pagopa.models import Flow, FlowRow, Receipt, Repair, RepairPart, TreasuryCredit
from pagopa.rules.facts import FlowFacts, TrailFacts
from pagopa.rules.labelling import label_of
from paybox.kernel.clock import ROME

# pagoPA: credit on D+1, flow by the end of D+2; before that nothing is late.
PATIENCE = timedelta(days=3)


def label_of_flow(flow: Flow, *, on: date) -> FlowLabel:
    """On that day: the same flow may be waiting today and late tomorrow."""
    return label_of(flow_facts(flow, on=on))


def label_of_receipt(receipt: Receipt, *, on: date) -> ReceiptLabel:
    return label_of(trail_facts(receipt, on=on))


def flow_facts(flow: Flow, *, on: date) -> FlowFacts:
    return FlowFacts(
        flow_cents=flow.total_cents,
        named_cents=_named(TreasuryCredit.objects.filter(flow=flow).first()),
        said_cents=_said(flow=flow),
        late=flow.regulation_on < on - PATIENCE,
    )


def trail_facts(receipt: Receipt, *, on: date) -> TrailFacts:
    row = row_reporting(receipt)
    cashed = row is not None and label_of_flow(row.flow, on=on) == FlowLabel.IUF_TES
    return TrailFacts(
        receipt_cents=receipt.amount_cents,
        row=RowLabel(row.label) if row else None,
        cashed=cashed,
        named_cents=_named(TreasuryCredit.objects.filter(receipt=receipt).first()),
        said_cents=_said(receipt=receipt),
        late=receipt.received_at.astimezone(ROME).date() < on - PATIENCE,
    )


def row_reporting(receipt: Receipt) -> FlowRow | None:
    """The first row of a flow that pays it over."""
    rows = FlowRow.objects.filter(receipt_id=receipt.pk, label__in=REPORTED)
    return rows.select_related("flow").order_by("flow_id", "index").first()


def _named(credit: TreasuryCredit | None) -> int | None:
    return credit.net_cents if credit else None


def _said(*, flow: Flow | None = None, receipt: Receipt | None = None) -> int:
    parts = RepairPart.objects.filter(repair__state=Repair.State.IN_FORCE)
    mine = parts.filter(flow=flow) if flow else parts.filter(receipt=receipt)
    return int(mine.aggregate(cents=Sum("amount_cents"))["cents"] or 0)
