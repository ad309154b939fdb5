"""Chapter 6 – a receipt at the door: booked while the Node waits, or kept and left to the worker when that takes long.

Before: pagopa/inbound.  After: ``receipts``, now or from the outbox; either way the Node hears that we have it.
"""

from datetime import datetime

from django.db import transaction

from pagopa.models import LeftReceipt
from pagopa.services.receipt_booking import book_receipt
from pagopa.services.receipts import take_receipt
from pagopa.services.waiting import BookingWaits, wait_at_most, waits_told
from pagopa.wire import requests as wire
from pagopa.wire.reading import read_request
from paybox.kernel.inbox import store_raw
from paybox.kernel.models import RawMessage
from paybox.kernel.queue import RetryLater, enqueue

WORKER_PATIENCE_MS = 10_000


def receive_receipt(
    *, receipt: wire.Receipt, id_pa: str, raw: bytes, operation: str, at: datetime
) -> None:
    """Once this returns the receipt cannot be lost. Raises ReceiptRefused as ``take_receipt`` does."""
    try:
        take_receipt(receipt=receipt, id_pa=id_pa, raw=raw, operation=operation, at=at)
    except BookingWaits:
        _leave_to_worker(receipt, id_pa, raw, operation, at)


@transaction.atomic
def _leave_to_worker(
    receipt: wire.Receipt, id_pa: str, raw: bytes, operation: str, at: datetime
) -> None:
    """Until it is booked, whoever asks for a notice of ours hears that its payment is in course."""
    message = store_raw(kind=f"pagopa.{operation}", body=raw, at=at)
    if receipt.fiscal_code == id_pa:
        LeftReceipt.objects.create(notice_number=receipt.notice_number, raw_message_id=message.pk)
    enqueue("pagopa.book_receipt", queue="pagopa", raw_message_id=message.pk, id_pa=id_pa)


def book_left(*, raw_message_id: int, id_pa: str) -> None:
    """Book what was left to the worker, as of the instant it came. Raises RetryLater while somebody holds it."""
    message = RawMessage.objects.get(pk=raw_message_id)
    asked = read_request(bytes(message.body))
    assert isinstance(asked, wire.SendRtRequest)  # noqa: S101 - only such are left
    try:
        with waits_told(), transaction.atomic():
            wait_at_most(WORKER_PATIENCE_MS)
            book_receipt(
                receipt=asked.receipt,
                id_pa=id_pa,
                raw_message_id=message.pk,
                at=message.received_at,
            )
            LeftReceipt.objects.filter(raw_message_id=message.pk).delete()
    except BookingWaits as waits:
        raise RetryLater(str(waits)) from waits
