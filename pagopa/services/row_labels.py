"""Chapter 8 – rows of flows labelled one by one: those of which more is to be known than the bulk of a flow tells.

Before: ``flow_rows`` has stored a whole flow.  After: rows that a person spoke of, or that two flows report, are right
too. A late receipt, a new revision and a repair all end here.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum

from pagopa.labels import PAID_OUTCOMES, RepairKind, RowLabel
from pagopa.models import Flow, FlowRow, Receipt, RowRepair
from pagopa.rules.facts import RowFacts
from pagopa.rules.labelling import label_of
from pagopa.selectors.unreceipted import BOOKED_ROWS, is_booked

_WRITTEN = ("flow_id", "iuv", "iur", "transfer_index", "amount_cents")
# A row and the row of another flow that reports the same receipt.
_SHARED = """
SELECT w.id, o.id FROM pagopa_flowrow w
JOIN pagopa_flowrow o ON o.receipt_id = w.receipt_id AND o.flow_id <> w.flow_id
WHERE w.flow_id = %s
"""


def label_rows_again(rows: Iterable[FlowRow]) -> list[FlowRow]:
    """Find each one's receipt, unless a person said otherwise; then say what each is. In a transaction."""
    rows = list(rows)
    for row in rows:
        receipt = _receipt_of(row)
        row.receipt_id = receipt.pk if receipt else None
        row.save(update_fields=["receipt_id"])
    for row in rows:
        row.label = label_of(facts_of_row(row))
        row.save(update_fields=["label"])
    return rows


def label_special_rows(flow: Flow) -> None:
    """Of a flow just stored: rows with a repair, receipts that another flow reports too, the doubles of others, and
    what was booked on its word.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SHARED, [flow.pk])
        special = {pk for pair in cursor.fetchall() for pk in pair}
        cursor.execute(BOOKED_ROWS, [flow.pk])
        special |= {pk for (pk,) in cursor.fetchall()}
    special |= {row.pk for said in repairs_in_force(flow) for row in rows_of(said)}
    special |= set(FlowRow.objects.filter(label=RowLabel.TWICE).values_list("pk", flat=True))
    label_rows_again(FlowRow.objects.filter(pk__in=special).order_by("flow_id", "index"))


def repairs_in_force(flow: Flow) -> Iterable[RowRepair]:
    return flow.row_repairs.filter(state=RowRepair.State.IN_FORCE)


def rows_of(said: RowRepair) -> list[FlowRow]:
    """The rows that a repair speaks of: one, or none in a revision that no longer has it."""
    return list(FlowRow.objects.filter(**written_in(said)))


def written_in(one: FlowRow | RowRepair) -> dict[str, Any]:
    """What tells a row from the others of its flow, in whatever revision."""
    return {name: getattr(one, name) for name in _WRITTEN}


def word_on(row: FlowRow) -> RowRepair | None:
    """The word in force on a row; to restore is to say nothing."""
    words = RowRepair.objects.filter(**written_in(row), state=RowRepair.State.IN_FORCE)
    return words.exclude(kind=RepairKind.RESTORE).select_related("receipt").first()


def facts_of_row(row: FlowRow) -> RowFacts:
    """Of a row as it stands, one question at a time."""
    said = word_on(row)
    receipt = Receipt.objects.filter(pk=row.receipt_id or 0).first()
    return RowFacts(
        outcome=row.outcome,
        row_cents=_paid_over(row),
        receipt_cents=receipt.amount_cents if receipt else None,
        reported_before=_reported_before(row),
        booked=row.receipt_id is None and is_booked(row),
        repair=RepairKind(said.kind) if said else None,
    )


def _receipt_of(row: FlowRow) -> Receipt | None:
    """By IUV and IUR; if nobody has seen the IUR by IUV and amount, when only one fits and pays no other row."""
    said = word_on(row)
    if said is not None:
        return said.receipt
    same = Receipt.objects.filter(iuv=row.iuv, receipt_id=row.iur).first()
    if same is not None:
        return same
    others = FlowRow.objects.filter(receipt_id=OuterRef("pk")).exclude(pk=row.pk)
    alike = Receipt.objects.filter(~Exists(others), iuv=row.iuv, amount_cents=row.amount_cents)
    found = list(alike[:2])
    return found[0] if len(found) == 1 else None


def _paid_over(row: FlowRow) -> int:
    """All that the flow pays for the receipt of the row: one payment may be two rows."""
    if row.receipt_id is None:
        return row.amount_cents
    together = _reporting(row).filter(flow_id=row.flow_id)
    paid = together.aggregate(cents=Sum("amount_cents"))["cents"]
    return row.amount_cents if paid is None else int(paid)


def _reported_before(row: FlowRow) -> bool:
    """Flows keep their number through revisions, so the first stays the first."""
    if row.receipt_id is None:
        return False
    return _reporting(row).filter(flow_id__lt=row.flow_id).exists()


def _reporting(row: FlowRow) -> QuerySet[FlowRow]:
    return FlowRow.objects.filter(receipt_id=row.receipt_id, outcome__in=PAID_OUTCOMES)
