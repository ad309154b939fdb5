"""Chapter 6 – receipts: the Node says that a notice was paid. Kept raw, booked once, never refused for a reason of ours.

Before: pagopa/inbound.  After: ledger, quietanza, reconciliation.
A plain one is one statement; whatever is odd takes the long road, in one transaction.
Idempotent on (idPA, receiptId), for ever. Source: SANP, paSendRT and paSendRTV2.
"""

from contextlib import nullcontext
from datetime import datetime

from django.db import transaction

from billing.services.collections import announce_collection, has_followers
from pagopa.models import Receipt
from pagopa.rules.oddities import is_late
from pagopa.services.anomalies import open_not_taken
from pagopa.services.plain_receipts import Came, take_plain
from pagopa.services.receipt_booking import TakenReceipt, book_receipt
from pagopa.services.receipt_rows import (
    ReceiptRefused,
    compare,
    given_away,
    receipt_fields,
    receipt_row,
    received_money,
    share_of,
)
from pagopa.services.waiting import BookingWaits, wait_at_most, waits_told
from pagopa.wire import requests as wire
from paybox.kernel.actor import PAGOPA
from paybox.kernel.audit import record_audit
from paybox.kernel.inbox import store_raw
from paybox.kernel.queue import current_schema

__all__ = ["BookingWaits", "ReceiptRefused", "TakenReceipt", "keep_unread", "take_receipt"]

# Who waits longer than this for somebody's lock leaves the booking to the worker: the Node is answered in a second.
PATIENCE_MS = 900


def take_receipt(
    *, receipt: wire.Receipt, id_pa: str, raw: bytes, operation: str = "paSendRTV2", at: datetime
) -> TakenReceipt:
    """Keep the message and book its money; all of it or nothing. The same receipt again changes nothing.

    Raises ReceiptRefused when no money in it is of ``id_pa``, BookingWaits after ``PATIENCE_MS``.
    """
    kind = f"pagopa.{operation}"
    with waits_told():
        taken = _take_plain(receipt, id_pa, raw, kind, at)
        return taken or _take_any(receipt, id_pa, raw, kind, at)


def _take_plain(
    receipt: wire.Receipt, id_pa: str, raw: bytes, kind: str, at: datetime
) -> TakenReceipt | None:
    """None: it is odd, or its notice is not one that waits for this money; nothing was written."""
    cents = share_of(receipt, id_pa)
    if _is_odd(receipt, id_pa, at):
        return None
    with transaction.atomic() if has_followers() else nullcontext():
        came = take_plain(
            fields=receipt_fields(receipt, id_pa, cents, at),
            received=received_money(receipt, id_pa, cents, at),
            raw=raw,
            kind=kind,
            at=at,
            schema=current_schema(),
            patience_ms=PATIENCE_MS,
        )
        if came and came.booked:
            announce_collection(came.booked, at)
    if came and came.booked is None:
        return _replayed(came, receipt, id_pa, at)
    return came and TakenReceipt(came.receipt_id, new=True)


def _is_odd(receipt: wire.Receipt, id_pa: str, at: datetime) -> bool:
    """In itself, whatever its notice: of several bodies, in stand-in, late."""
    late = is_late(receipt.paid_at or at, at)
    others = receipt.fiscal_code != id_pa or given_away(receipt, id_pa)
    return bool(late or others or receipt.stand_in)


def _replayed(came: Came, receipt: wire.Receipt, id_pa: str, at: datetime) -> TakenReceipt:
    """The first one counts; the answer does not tell them apart."""
    if came.differs:
        first = Receipt.objects.get(pk=came.receipt_id)
        with transaction.atomic():
            row = receipt_row(receipt, id_pa, share_of(receipt, id_pa), at)
            compare(first, row, came.raw_message_id, at)
    return TakenReceipt(came.receipt_id, new=False)


@transaction.atomic
def _take_any(
    receipt: wire.Receipt, id_pa: str, raw: bytes, kind: str, at: datetime
) -> TakenReceipt:
    wait_at_most(PATIENCE_MS)
    message = store_raw(kind=kind, body=raw, at=at)
    return book_receipt(receipt=receipt, id_pa=id_pa, raw_message_id=message.pk, at=at)


@transaction.atomic
def keep_unread(*, raw: bytes, why: str, at: datetime) -> None:
    """A receipt that cannot be taken as one: kept, with an alarm for a person."""
    message = store_raw(kind="pagopa.ricevuta_non_accolta", body=raw, at=at)
    record_audit(
        action="pagopa.receipt.unread",
        actor=PAGOPA,
        at=at,
        subject=f"raw:{message.pk}",
        why=why,
    )
    open_not_taken(raw_message_id=message.pk, why=why, at=at)
