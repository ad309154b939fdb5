"""Chapter 6 – receipts that never came are asked for, a few an hour: rows of flows say which ones are missing.

Before: a row labelled ``IUV_NO_RT``.  After: ``receipts``, exactly as if the Node had sent it.
"""

from dataclasses import dataclass
from datetime import datetime

from pagopa.gateways.flow_source import SourceRefused, SourceUnavailable
from pagopa.gateways.receipt_sources import CallBudget, ReceiptSource
from pagopa.labels import PAID_OUTCOMES, RowLabel
from pagopa.models import FlowRow
from pagopa.services.receipts import ReceiptRefused, keep_unread, take_receipt
from pagopa.wire.receipt_json import ReceiptAnswerRefused, read_receipt_answer
from paybox.kernel.queue import RetryLater

MOST = 1000  # rows looked at in one go


@dataclass(frozen=True, slots=True)
class Recovered:
    """``asked`` of the service, ``taken`` as receipts; ``more``: the hour's calls ended before the rows did."""

    asked: int
    taken: int
    more: bool


def recover_receipts(
    *, source: ReceiptSource, organization: str, budget: CallBudget, before: datetime, at: datetime
) -> Recovered:
    """Ask for what flows received before ``before`` report without a receipt. Raises RetryLater."""
    asked = taken = 0
    for iur, iuv in _missing(before):
        if not budget.may_ask(iur):
            continue
        if not budget.spend():
            return Recovered(asked, taken, True)
        asked += 1
        taken += _ask(source, organization, iur, iuv, at)
    return Recovered(asked, taken, False)


def _missing(before: datetime) -> list[tuple[str, str]]:
    rows = FlowRow.objects.filter(
        label=RowLabel.IUV_NO_RT,
        outcome__in=PAID_OUTCOMES,
        receipt_id__isnull=True,
        flow__received_at__lt=before,
    )
    return list(rows.order_by("flow__received_at", "pk").values_list("iur", "iuv")[:MOST])


def _ask(source: ReceiptSource, organization: str, iur: str, iuv: str, at: datetime) -> bool:
    """Whether a receipt was there and is ours now."""
    try:
        raw = source.receipt(organization=organization, iur=iur, iuv=iuv)
    except SourceUnavailable as trouble:
        raise RetryLater(str(trouble)) from trouble
    except SourceRefused:
        return False
    return raw is not None and _take(raw, organization, iur, at)


def _take(raw: bytes, organization: str, iur: str, at: datetime) -> bool:
    """What cannot be taken is kept, with an alarm, like what the Node itself sends."""
    try:
        receipt = read_receipt_answer(raw)
        if receipt.receipt_id != iur:
            raise ReceiptAnswerRefused("è la ricevuta di un altro pagamento")
        take_receipt(receipt=receipt, id_pa=organization, raw=raw, operation="bizEvents", at=at)
    except (ReceiptAnswerRefused, ReceiptRefused) as refusal:
        keep_unread(raw=raw, why=str(refusal), at=at)
        return False
    return True
