"""Chapter 8 – which label is true: one total function over the facts of a credit, a flow, a row or a receipt.

Before: services and selectors gather the facts.  After: explained, or the queue where a person finds it.
The treasurer's reversal counts first, a person's word next, what the papers say last.
"""

from typing import overload

from pagopa.labels import (
    PAID_OUTCOMES,
    REVOKED_OUTCOME,
    CreditLabel,
    Finding,
    FlowLabel,
    ReceiptLabel,
    RepairKind,
    RowLabel,
)
from pagopa.rules.facts import CreditFacts, FlowFacts, RowFacts, TrailFacts


@overload
def label_of(facts: CreditFacts) -> CreditLabel: ...
@overload
def label_of(facts: RowFacts) -> RowLabel: ...
@overload
def label_of(facts: FlowFacts) -> FlowLabel: ...
@overload
def label_of(facts: TrailFacts) -> ReceiptLabel: ...
def label_of(
    facts: CreditFacts | RowFacts | FlowFacts | TrailFacts,
) -> CreditLabel | RowLabel | FlowLabel | ReceiptLabel:
    """The label of whatever reconciliation looks at; every combination of facts has exactly one."""
    match facts:
        case CreditFacts():
            return _of_credit(facts)
        case RowFacts():
            return _of_row(facts)
        case FlowFacts():
            return _of_flow(facts)
        case TrailFacts():
            return _of_receipt(facts)


_CREDIT_SAID = {
    RepairKind.MATCH: CreditLabel.BY_HAND,
    RepairKind.SPLIT: CreditLabel.BY_HAND,
    RepairKind.UNMATCH: CreditLabel.UNMATCHED,
    RepairKind.NOT_OURS: CreditLabel.NOT_OURS,
    RepairKind.OTHER_INCOME: CreditLabel.OTHER_INCOME,
    RepairKind.OPEN_CREDIT: CreditLabel.OPENED,
}
_ROW_SAID = {
    RepairKind.MATCH: RowLabel.BY_HAND,
    RepairKind.SPLIT: RowLabel.BY_HAND,
    RepairKind.UNMATCH: RowLabel.UNMATCHED,
    RepairKind.NOT_OURS: RowLabel.NOT_OURS,
    RepairKind.OTHER_INCOME: RowLabel.OTHER_INCOME,
    RepairKind.OPEN_CREDIT: RowLabel.OTHER_INCOME,
}


def _of_credit(facts: CreditFacts) -> CreditLabel:
    if facts.credit_cents <= 0:
        return CreditLabel.REVERSED
    if facts.repair in _CREDIT_SAID:
        return _CREDIT_SAID[facts.repair]
    if facts.names_flow:
        return _of_flow_credit(facts)
    return _of_single_credit(facts) if facts.names_iuv else CreditLabel.TES_NO_IUF


def _of_flow_credit(facts: CreditFacts) -> CreditLabel:
    if facts.flow_cents is None:
        return CreditLabel.TES_NO_MATCH
    if facts.flow_taken:
        return CreditLabel.IUF_TES_TWICE
    if facts.flow_cents == facts.credit_cents:
        return CreditLabel.RT_IUF_TES
    return CreditLabel.IUF_TES_DIV_IMP


def _of_single_credit(facts: CreditFacts) -> CreditLabel:
    if facts.receipt_cents is None:
        return CreditLabel.IUV_TES
    if facts.receipt_taken:
        return CreditLabel.RT_TES_TWICE
    if facts.receipt_cents == facts.credit_cents:
        return CreditLabel.RT_TES
    return CreditLabel.RT_TES_DIV_IMP


def _of_row(facts: RowFacts) -> RowLabel:
    if facts.repair in _ROW_SAID:
        return _ROW_SAID[facts.repair]
    if facts.outcome == REVOKED_OUTCOME:
        return RowLabel.REVOKED
    if facts.outcome not in PAID_OUTCOMES:
        return RowLabel.UNKNOWN_OUTCOME
    if facts.receipt_cents is None:
        return RowLabel.BOOKED if facts.booked else RowLabel.IUV_NO_RT
    if facts.reported_before:
        return RowLabel.TWICE
    return RowLabel.RT_IUF if facts.row_cents == facts.receipt_cents else RowLabel.AMOUNT_DIFFERS


def _of_flow(facts: FlowFacts) -> FlowLabel:
    if (facts.named_cents or 0) + facts.said_cents == facts.flow_cents:
        return FlowLabel.IUF_TES
    if facts.named_cents is not None:
        return FlowLabel.IUF_TES_DIV_IMP
    if facts.said_cents:
        return FlowLabel.IUF_TES_PART
    return FlowLabel.IUF_NO_TES if facts.late else FlowLabel.WAITING


def _of_receipt(facts: TrailFacts) -> ReceiptLabel:
    if facts.row == RowLabel.AMOUNT_DIFFERS:
        return ReceiptLabel.AMOUNT_DIFFERS
    if facts.row in (RowLabel.RT_IUF, RowLabel.BY_HAND):
        return ReceiptLabel.RT_IUF_TES if facts.cashed else ReceiptLabel.RT_IUF
    return _of_unreported(facts)


def _of_unreported(facts: TrailFacts) -> ReceiptLabel:
    if (facts.named_cents or 0) + facts.said_cents == facts.receipt_cents:
        return ReceiptLabel.RT_TES
    if facts.named_cents is not None:
        return ReceiptLabel.RT_TES_DIV_IMP
    if facts.said_cents:
        return ReceiptLabel.RT_TES_PART
    return ReceiptLabel.RT_NO_IUF if facts.late else ReceiptLabel.WAITING


def find_receipt(
    *,
    third_party: bool,
    notice_known: bool,
    paid_cents: int,
    excess_cents: int,
    asked_cents: int | None,
) -> Finding:
    """Whether a receipt was expected, or why a person should look at it."""
    if third_party:
        return Finding.THIRD_PARTY
    if not notice_known:
        return Finding.UNKNOWN_NOTICE
    if excess_cents:
        return Finding.EXCESS
    if asked_cents is not None and paid_cents < asked_cents:
        return Finding.SHORT
    return Finding.EXPECTED
