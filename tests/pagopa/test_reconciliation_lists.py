"""Whatever happened, in whatever order: what the lists say in SQL is what the rule says, one object at a time."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from billing.selectors.ledger import ledger_problems
from pagopa.labels import RepairKind
from pagopa.models import Flow, FlowRow, Receipt, RowRepair, TreasuryCredit
from pagopa.rules.labelling import label_of
from pagopa.selectors.facts import label_of_flow, label_of_receipt
from pagopa.selectors.queues import FLOW_QUEUES, RECEIPT_QUEUES, members, queues
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.services.repairs import Part, confirm_repair, propose_repair
from pagopa.services.row_labels import facts_of_row
from pagopa.services.row_repairs import confirm_row_repair, propose_row_repair
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.actor import Actor
from tests.build import AT
from tests.pagopa.test_reconciliation import IUF, flow_xml, paid
from tests.pagopa.treasury_files import Line, giornale

pytestmark = pytest.mark.django_db
FRANCO, ADA = Actor(7, "Franco Riva"), Actor(1, "Ada Bianchi")
IUFS = (IUF, IUF[:-1] + "2")
WHY = "Confrontato con la banca"

# (what, which one, which other, how many cents)
steps = st.tuples(
    st.sampled_from(["paid", "flow", "credit", "single", "repair", "row"]),
    st.integers(0, 2), st.integers(0, 2), st.sampled_from([300, 500, 800]),
)  # fmt: skip


def play(number: int, what: str, one: int, other: int, cents: int) -> None:
    """One thing that happens; what does not fit things as they stand is refused and changes nothing."""
    lines = _lines()
    if what == "paid":
        paid(f"r{number}", cents)
    elif what == "flow":
        rows = [*lines[one : one + 2], (f"0100000000000{number:04}", f"x{number}", cents, "9")]
        at = f"2026-03-03T20:{number:02}:00"
        take_flow(raw=flow_xml(*rows, identifier=IUFS[one % 2], at=at), at=AT)
    elif what == "credit":
        flow = Flow.objects.filter(identifier=IUFS[one % 2]).first()
        _credit(number, flow.total_cents if flow and other else cents, f"/URI/{IUFS[one % 2]}")
    elif what == "single":
        _credit(number, cents, f"/RFB/{lines[one][0]}/1.00" if one < len(lines) else "FITTI")
    elif what == "repair":
        _repair(one, other, cents)
    else:
        _repair_row(one, other)


def _lines() -> list[tuple[str, str, int, str]]:
    receipts = Receipt.objects.order_by("pk")
    return [(r.iuv, r.receipt_id, r.amount_cents, "0") for r in receipts]


def _credit(number: int, cents: int, causale: str) -> None:
    raw = giornale(
        Line("ESEGUITO", number + 1, cents, causale.replace("/URI", "/PUR/LGPE-RIVERSAMENTO/URI"))
    )
    take_treasury(raw=raw, filename="g.xml", at=AT)


def _repair(one: int, other: int, cents: int) -> None:
    credit = TreasuryCredit.objects.order_by("pk")[one : one + 1].first()
    targets = [*Flow.objects.order_by("pk"), *Receipt.objects.order_by("pk")]
    if credit is None or other >= len(targets):
        return
    target = targets[other]
    part = Part(
        credit.net_cents,
        flow=target if isinstance(target, Flow) else None,
        receipt=target if isinstance(target, Receipt) else None,
    )
    kind, parts = (RepairKind.MATCH, [part]) if cents != 300 else (RepairKind.UNMATCH, [])
    repair = propose_repair(
        credit_id=credit.pk, kind=kind, parts=parts, reason=WHY, actor=FRANCO, at=AT
    )
    confirm_repair(repair_id=repair.pk, actor=ADA, at=AT)


def _repair_row(one: int, other: int) -> None:
    row = FlowRow.objects.order_by("flow_id", "index")[one : one + 1].first()
    receipt = Receipt.objects.order_by("pk")[other : other + 1].first()
    if row is None:
        return
    kind = RepairKind.MATCH if row.receipt_id is None else RepairKind.UNMATCH
    repair = propose_row_repair(
        row_id=row.pk, kind=kind, receipt=receipt if kind == RepairKind.MATCH else None,
        reason=WHY, actor=FRANCO, at=AT,
    )  # fmt: skip
    if repair.state == RowRepair.State.PROPOSED:
        confirm_row_repair(repair_id=repair.pk, actor=ADA, at=AT)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(steps, min_size=2, max_size=9))
@example([("flow", 0, 0, 500), ("single", 2, 0, 300), ("repair", 0, 0, 500)])  # a flow in part
@example([("single", 2, 0, 300), ("repair", 0, 0, 500)])  # a receipt in part
@example([("flow", 0, 0, 500), ("flow", 1, 0, 500), ("row", 0, 0, 500), ("row", 2, 0, 300)])
def test_the_lists_say_what_the_rule_says(borgo, history):
    with transaction.atomic():
        for number, step in enumerate([("paid", 0, 0, 800), ("paid", 0, 0, 500), *history]):
            try:
                with transaction.atomic():
                    play(number, *step)
            except RepairRefused:
                continue
        for days in (0, 9):
            _compare(AT.date() + timedelta(days=days))
        for row in FlowRow.objects.all():
            assert label_of(facts_of_row(row)) == row.label
        assert list(ledger_problems()) == []
        transaction.set_rollback(True)


def _compare(on):
    flows = {flow.pk: label_of_flow(flow, on=on) for flow in Flow.objects.all()}
    receipts = {r.pk: label_of_receipt(r, on=on) for r in Receipt.objects.all()}
    for said, codes in ((flows, FLOW_QUEUES), (receipts, RECEIPT_QUEUES)):
        for code in codes:
            listed = members(code, on=on)
            assert listed is not None
            assert {one.pk for one in listed} == {pk for pk, label in said.items() if label == code}
    for queue in queues(on=on):
        found = members(queue.code, on=on)
        assert found is not None
        assert queue.count == found.count() > 0
