"""The labels are total: every combination of facts has one, and a slow, obvious reading says the same."""

from hypothesis import given
from hypothesis import strategies as st

from pagopa.labels import EXPLAINED, CreditFacts, CreditLabel, RepairKind, label_credit

few = st.integers(1, 3)
facts = st.builds(
    CreditFacts,
    names_flow=st.booleans(),
    names_iuv=st.booleans(),
    credit_cents=st.integers(0, 3),
    flow_cents=st.none() | few,
    flow_taken=st.booleans(),
    receipt_cents=st.none() | few,
    receipt_taken=st.booleans(),
    repair=st.none() | st.sampled_from(list(RepairKind)),
)


def slowly(f: CreditFacts) -> set[str]:
    """Every label whose own definition holds, each written out by itself."""
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


@given(facts)
def test_exactly_one_label_holds_and_it_is_the_one_given(given_facts: CreditFacts) -> None:
    assert slowly(given_facts) == {label_credit(given_facts).value}


def test_what_is_explained_is_explained_by_something() -> None:
    waiting = {label.value for label in CreditLabel if label not in EXPLAINED}
    assert waiting == {
        "IUF_TES_DIV_IMP", "IUF_TES_DOPPIO", "TES_NO_MATCH", "RT_TES_DIV_IMP", "RT_TES_DOPPIO",
        "IUV_TES", "TES_NO_IUF_OR_IUV", "TES_SCIOLTO",
    }  # fmt: skip
