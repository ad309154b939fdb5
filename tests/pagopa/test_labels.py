"""The labels are total: every combination of facts has one, and a slow, obvious reading says the same.

Each oracle writes out, label by label and each by itself, when that label is true; exactly one must be.
"""

from hypothesis import given
from hypothesis import strategies as st

from pagopa.labels import (
    EXPLAINED,
    REPORTED,
    ROWS_AT_REST,
    ROWS_WAITING,
    CreditLabel,
    FlowLabel,
    ReceiptLabel,
    RepairKind,
    RowLabel,
)
from pagopa.rules.facts import CreditFacts, FlowFacts, RowFacts, TrailFacts
from pagopa.rules.labelling import label_of

few = st.integers(1, 3)
perhaps = st.none() | few
repairs = st.none() | st.sampled_from(list(RepairKind))
credit_facts = st.builds(
    CreditFacts,
    names_flow=st.booleans(),
    names_iuv=st.booleans(),
    credit_cents=st.integers(0, 3),
    flow_cents=perhaps,
    flow_taken=st.booleans(),
    receipt_cents=perhaps,
    receipt_taken=st.booleans(),
    repair=repairs,
)
row_facts = st.builds(
    RowFacts,
    outcome=st.integers(-1, 10),
    row_cents=few,
    receipt_cents=perhaps,
    reported_before=st.booleans(),
    booked=st.booleans(),
    repair=repairs,
)
flow_facts = st.builds(
    FlowFacts, flow_cents=few, named_cents=perhaps, said_cents=st.integers(0, 3), late=st.booleans()
)
trail_facts = st.builds(
    TrailFacts,
    receipt_cents=few,
    row=st.none() | st.sampled_from(list(RowLabel)),
    cashed=st.booleans(),
    named_cents=perhaps,
    said_cents=st.integers(0, 3),
    late=st.booleans(),
)


def of_credit_slowly(f: CreditFacts) -> set[str]:
    left = f.credit_cents > 0
    unsaid = left and (f.repair is None or f.repair == RepairKind.RESTORE)
    by_flow, by_iuv = unsaid and f.names_flow, unsaid and f.names_iuv and not f.names_flow
    flow_free = by_flow and f.flow_cents is not None and not f.flow_taken
    receipt_free = by_iuv and f.receipt_cents is not None and not f.receipt_taken
    definitions = {
        "TES_STORNATO": not left,
        "TES_A_MANO": left and f.repair in (RepairKind.MATCH, RepairKind.SPLIT),
        "TES_SCIOLTO": left and f.repair == RepairKind.UNMATCH,
        "TES_NON_NOSTRO": left and f.repair == RepairKind.NOT_OURS,
        "TES_ALTRA_ENTRATA": left and f.repair == RepairKind.OTHER_INCOME,
        "TES_CREDITO": left and f.repair == RepairKind.OPEN_CREDIT,
        "TES_NO_MATCH": by_flow and f.flow_cents is None,
        "IUF_TES_DOPPIO": by_flow and f.flow_cents is not None and f.flow_taken,
        "RT_IUF_TES": flow_free and f.flow_cents == f.credit_cents,
        "IUF_TES_DIV_IMP": flow_free and f.flow_cents != f.credit_cents,
        "IUV_TES": by_iuv and f.receipt_cents is None,
        "RT_TES_DOPPIO": by_iuv and f.receipt_cents is not None and f.receipt_taken,
        "RT_TES": receipt_free and f.receipt_cents == f.credit_cents,
        "RT_TES_DIV_IMP": receipt_free and f.receipt_cents != f.credit_cents,
        "TES_NO_IUF_OR_IUV": unsaid and not f.names_flow and not f.names_iuv,
    }
    assert set(definitions) == set(CreditLabel.values)
    return {label for label, holds in definitions.items() if holds}


def of_row_slowly(f: RowFacts) -> set[str]:
    unsaid = f.repair is None or f.repair == RepairKind.RESTORE
    paid = unsaid and f.outcome in (0, 4, 8, 9)
    told = paid and f.receipt_cents is not None
    first = told and not f.reported_before
    definitions = {
        "RT_IUF_A_MANO": f.repair in (RepairKind.MATCH, RepairKind.SPLIT),
        "IUV_SCIOLTO": f.repair == RepairKind.UNMATCH,
        "IUV_NON_NOSTRO": f.repair == RepairKind.NOT_OURS,
        "IUV_ALTRA_ENTRATA": f.repair in (RepairKind.OTHER_INCOME, RepairKind.OPEN_CREDIT),
        "STORNO": unsaid and f.outcome == 3,
        "ESITO_NON_PREVISTO": unsaid and f.outcome not in (0, 3, 4, 8, 9),
        "IUV_NO_RT": paid and f.receipt_cents is None and not f.booked,
        "IUV_INCASSATO": paid and f.receipt_cents is None and f.booked,
        "IUF_DOPPIO": told and f.reported_before,
        "RT_IUF": first and f.row_cents == f.receipt_cents,
        "RT_IUF_DIV_IMP": first and f.row_cents != f.receipt_cents,
    }
    assert set(definitions) == set(RowLabel.values)
    return {label for label, holds in definitions.items() if holds}


def of_flow_slowly(f: FlowFacts) -> set[str]:
    paid = f.said_cents + (0 if f.named_cents is None else f.named_cents)
    whole, named = paid == f.flow_cents, f.named_cents is not None
    nobody = not named and f.said_cents == 0
    definitions = {
        "IUF_TES": whole,
        "IUF_TES_DIV_IMP": named and not whole,
        "IUF_TES_PARTE": not named and f.said_cents != 0 and not whole,
        "IUF_NO_TES": nobody and f.late,
        "IUF_ATTESA": nobody and not f.late,
    }
    assert set(definitions) == set(FlowLabel.values)
    return {label for label, holds in definitions.items() if holds}


def of_receipt_slowly(f: TrailFacts) -> set[str]:
    reported = f.row in ("RT_IUF", "RT_IUF_A_MANO", "RT_IUF_DIV_IMP")
    agrees = f.row in ("RT_IUF", "RT_IUF_A_MANO")
    paid = f.said_cents + (0 if f.named_cents is None else f.named_cents)
    alone_whole = not reported and paid == f.receipt_cents
    alone_named = not reported and f.named_cents is not None and paid != f.receipt_cents
    nobody = not reported and f.named_cents is None and f.said_cents == 0
    definitions = {
        "RT_IUF_DIV_IMP": f.row == "RT_IUF_DIV_IMP",
        "RT_IUF_TES": agrees and f.cashed,
        "RT_IUF": agrees and not f.cashed,
        "RT_TES": alone_whole,
        "RT_TES_DIV_IMP": alone_named,
        "RT_TES_PARTE": not reported and f.named_cents is None
        and f.said_cents != 0 and f.said_cents != f.receipt_cents,
        "RT_NO_IUF": nobody and f.late,
        "RT_ATTESA": nobody and not f.late,
    }  # fmt: skip
    assert set(definitions) == set(ReceiptLabel.values)
    return {label for label, holds in definitions.items() if holds}


@given(credit_facts)
def test_a_credit_has_exactly_one_label(facts: CreditFacts) -> None:
    assert of_credit_slowly(facts) == {label_of(facts).value}


@given(row_facts)
def test_a_row_has_exactly_one_label(facts: RowFacts) -> None:
    assert of_row_slowly(facts) == {label_of(facts).value}


@given(flow_facts)
def test_a_flow_has_exactly_one_label(facts: FlowFacts) -> None:
    assert of_flow_slowly(facts) == {label_of(facts).value}


@given(trail_facts)
def test_a_receipt_has_exactly_one_label(facts: TrailFacts) -> None:
    assert of_receipt_slowly(facts) == {label_of(facts).value}


def test_what_is_explained_is_explained_by_something() -> None:
    waiting = {label.value for label in CreditLabel if label not in EXPLAINED}
    assert waiting == {
        "IUF_TES_DIV_IMP", "IUF_TES_DOPPIO", "TES_NO_MATCH", "RT_TES_DIV_IMP", "RT_TES_DOPPIO",
        "IUV_TES", "TES_NO_IUF_OR_IUV", "TES_SCIOLTO",
    }  # fmt: skip
    assert set(ROWS_WAITING) == {
        "IUV_NO_RT", "RT_IUF_DIV_IMP", "STORNO", "ESITO_NON_PREVISTO", "IUF_DOPPIO", "IUV_SCIOLTO",
    }  # fmt: skip
    assert set(REPORTED) - set(ROWS_AT_REST) == {RowLabel.AMOUNT_DIFFERS}
