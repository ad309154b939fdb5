"""One receipt in all its parts: the message as it came, what it says, what a person has to see to."""

from dataclasses import dataclass

from billing.models import Instalment
from billing.selectors.shares import STAMPS
from pagopa.models import Receipt, ReceiptAnomaly
from pagopa.wire.digital_stamp import DigitalStamp, StampUnreadable, read_digital_stamp
from pagopa.wire.reading import WireRefused, read_request
from pagopa.wire.requests import Receipt as WireReceipt
from pagopa.wire.requests import SendRtRequest
from paybox.kernel.models import RawMessage


@dataclass(frozen=True, slots=True)
class SoldStamp:
    """A marca da bollo that came with the receipt. ``stamp`` None: it cannot be read. ``document``: for which of ours.

    ``document`` None: for none of those that its position asks for.
    """

    transfer: int
    stamp: DigitalStamp | None
    document: str | None


@dataclass(frozen=True, slots=True)
class ReceiptDetail:
    """``said`` is None when the kept message is not one that can be read again."""

    receipt: Receipt
    message: RawMessage | None
    said: WireReceipt | None
    instalment: Instalment | None
    anomalies: list[ReceiptAnomaly]
    stamps: list[SoldStamp]


def receipt_detail(receipt: Receipt) -> ReceiptDetail:
    """Everything about a receipt that was taken."""
    message = RawMessage.objects.filter(pk=receipt.raw_message_id).first()
    way = None
    if receipt.collection.position_id is not None:
        way = Instalment.objects.filter(notice_number=receipt.notice_number).first()
    anomalies = list(ReceiptAnomaly.objects.filter(receipt=receipt).order_by("opened_at", "pk"))
    said = _said(message)
    stamps = _stamps(receipt, said) if said else []
    return ReceiptDetail(receipt, message, said, way, anomalies, stamps)


def _stamps(receipt: Receipt, said: WireReceipt) -> list[SoldStamp]:
    position = receipt.collection.position
    asked = position.details.get(STAMPS, []) if position else []
    names = {one["impronta"]: str(one.get("documento", "")) for one in asked}
    return [_sold(one.id_transfer, one.stamp, names) for one in said.transfers if one.stamp]


def _sold(transfer: int, raw: bytes, names: dict[str, str]) -> SoldStamp:
    try:
        stamp = read_digital_stamp(raw)
    except StampUnreadable:
        return SoldStamp(transfer, None, None)
    return SoldStamp(transfer, stamp, names.get(stamp.imprint))


def _said(message: RawMessage | None) -> WireReceipt | None:
    if message is None:
        return None
    try:
        request = read_request(bytes(message.body))
    except WireRefused:
        return None
    return request.receipt if isinstance(request, SendRtRequest) else None
