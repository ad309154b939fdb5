"""Chapter 8 – receipt ↔ row of a flow, whichever of the two comes first.

The receipt is found by IUV and IUR; a row whose IUR nobody has seen falls back on IUV and amount, if only one fits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import TimelineEntry
from billing.services.timeline import tell
from pagopa.labels import PAID_OUTCOMES, RowLabel, label_row
from pagopa.models import Flow, FlowRow, Receipt
from pagopa.wire.flow_file import FlowLine
from paybox.kernel.actor import PAGOPA


@dataclass(frozen=True, slots=True)
class Match:
    """The receipt of one line, and what is said of the line."""

    receipt: Receipt | None
    label: RowLabel


def match_lines(lines: Sequence[FlowLine]) -> list[Match]:
    """One match for each line, in order. A receipt paid over in two rows is compared with their sum."""
    found = _receipts_of(lines)
    receipts = [_receipt_of(line, found) for line in lines]
    sums: dict[int, int] = defaultdict(int)
    for line, receipt in zip(lines, receipts, strict=True):
        if receipt is not None and line.outcome in PAID_OUTCOMES:
            sums[receipt.pk] += line.amount_cents
    return [_match(line, receipt, sums) for line, receipt in zip(lines, receipts, strict=True)]


def match_waiting_rows(*, receipt: Receipt) -> None:
    """A receipt that came after its flow: the rows that waited for it are labelled anew."""
    rows = list(
        FlowRow.objects.select_related("flow").filter(
            iuv=receipt.iuv, iur=receipt.receipt_id, receipt_id__isnull=True
        )
    )
    paid = sum(row.amount_cents for row in rows if row.outcome in PAID_OUTCOMES)
    for row in rows:
        row.receipt_id = receipt.pk
        row.label = label_row(
            outcome=row.outcome, row_cents=paid, receipt_cents=receipt.amount_cents
        )
        row.save(update_fields=["receipt_id", "label"])
    for flow in {row.flow for row in rows if row.label == RowLabel.RT_IUF}:
        tell_reconciled(flow=flow, receipts=[receipt], at=receipt.received_at)


def tell_reconciled(*, flow: Flow, receipts: Iterable[Receipt], at: datetime) -> None:
    """Each position hears once that its payment is in that flow."""
    positions = {
        receipt.collection.position_id
        for receipt in receipts
        if receipt.collection.position_id is not None
    }
    kind = TimelineEntry.Kind.RECONCILED
    told = TimelineEntry.objects.filter(
        kind=kind, reference=flow.identifier, position_id__in=positions
    )
    missing = positions - set(told.values_list("position_id", flat=True))
    tell(
        position_ids=sorted(missing),
        kind=kind,
        at=at,
        actor=PAGOPA,
        reference=flow.identifier,
        regulation=flow.regulation,
    )


def _receipts_of(lines: Sequence[FlowLine]) -> dict[str, list[Receipt]]:
    """By IUV; one query."""
    found: dict[str, list[Receipt]] = defaultdict(list)
    wanted = {line.iuv for line in lines}
    for receipt in Receipt.objects.select_related("collection").filter(iuv__in=wanted):
        found[receipt.iuv].append(receipt)
    return found


def _receipt_of(line: FlowLine, found: dict[str, list[Receipt]]) -> Receipt | None:
    candidates = found.get(line.iuv, [])
    for receipt in candidates:
        if receipt.receipt_id == line.iur:
            return receipt
    alike = [r for r in candidates if r.amount_cents == line.amount_cents]
    return alike[0] if len(alike) == 1 else None


def _match(line: FlowLine, receipt: Receipt | None, sums: dict[int, int]) -> Match:
    paid = sums.get(receipt.pk, line.amount_cents) if receipt else line.amount_cents
    cents = receipt.amount_cents if receipt else None
    return Match(receipt, label_row(outcome=line.outcome, row_cents=paid, receipt_cents=cents))
