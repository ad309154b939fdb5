"""One receipt in all its parts: the message as it came, what it says, what a person has to see to."""

from dataclasses import dataclass

from billing.models import Instalment
from pagopa.models import Receipt, ReceiptAnomaly
from pagopa.wire.reading import WireRefused, read_request
from pagopa.wire.requests import Receipt as WireReceipt
from pagopa.wire.requests import SendRtRequest
from paybox.kernel.models import RawMessage


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """``said`` is None when the kept message is not one that can be read again."""

    receipt: Receipt
    message: RawMessage | None
    said: WireReceipt | None
    instalment: Instalment | None
    anomalies: list[ReceiptAnomaly]


def receipt_detail(receipt: Receipt) -> ReceiptDetail:
    """Everything about a receipt that was taken."""
    message = RawMessage.objects.filter(pk=receipt.raw_message_id).first()
    way = None
    if receipt.collection.position_id is not None:
        way = Instalment.objects.filter(notice_number=receipt.notice_number).first()
    anomalies = list(ReceiptAnomaly.objects.filter(receipt=receipt).order_by("opened_at", "pk"))
    return ReceiptDetail(receipt, message, _said(message), way, anomalies)


def _said(message: RawMessage | None) -> WireReceipt | None:
    if message is None:
        return None
    try:
        request = read_request(bytes(message.body))
    except WireRefused:
        return None
    return request.receipt if isinstance(request, SendRtRequest) else None
