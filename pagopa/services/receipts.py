"""Chapter 6 – receipts: the Node says that a notice was paid. Kept raw, booked once, never refused for a reason of ours.

Before: pagopa/inbound.  After: ledger, quietanza, reconciliation.
Idempotent on (idPA, receiptId), for ever. Source: SANP, paSendRT and paSendRTV2.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from billing.models import Collection
from billing.services.collections import Booked, Received, record_collection
from billing.services.given_away import book_given_away
from billing.services.receipts import APPLICATION_ON, PAYER_CODICE_FISCALE, PSP_ID, PSP_NAME
from pagopa.models import Receipt
from pagopa.rules.labelling import find_receipt
from pagopa.rules.oddities import ReceiptFacts, find_oddities, is_late
from pagopa.selectors.anomalies import notice_before
from pagopa.services.anomalies import open_anomalies, open_not_taken
from pagopa.services.flow_matching import match_waiting_rows
from pagopa.services.freshness import note_freshness
from pagopa.services.receipt_rows import ReceiptRefused, compare, given_away, receipt_row, share_of
from pagopa.wire import requests as wire
from paybox.kernel.actor import PAGOPA
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.inbox import store_raw

__all__ = ["ReceiptRefused", "TakenReceipt", "keep_unread", "take_receipt"]

# The Node waits 15 s: whoever holds a lock longer than this makes it come again.
LOCK_TIMEOUT_MS = 5000


@dataclass(frozen=True, slots=True)
class TakenReceipt:
    """``new`` False: it had come before. ``booked_cents`` is the share of this Ente."""

    receipt_id: int
    new: bool
    finding: str
    booked_cents: int


@transaction.atomic
def take_receipt(
    *, receipt: wire.Receipt, id_pa: str, raw: bytes, operation: str = "paSendRTV2", at: datetime
) -> TakenReceipt:
    """Keep the message and book its money; all of it or nothing. The same receipt again changes nothing.

    Raises ReceiptRefused when no money in it is of ``id_pa``.
    """
    cents = share_of(receipt, id_pa)
    _wait_little()
    message = store_raw(kind=f"pagopa.{operation}", body=raw, at=at)
    booked = _book(receipt, id_pa, cents, message.pk, at)
    known = None if booked.new else _known(receipt, id_pa)
    if known is not None:
        compare(known, receipt_row(receipt, id_pa, cents, at), message.pk, at)
        return TakenReceipt(known.pk, False, known.finding, known.amount_cents)
    facts = _facts(receipt, id_pa, cents, booked, at)
    book_given_away(collection_id=booked.collection_id, given=given_away(receipt, id_pa), at=at)
    kept = _keep(receipt, id_pa, cents, booked, facts, message.pk, at)
    open_anomalies(receipt=kept, oddities=find_oddities(facts), at=at)
    match_waiting_rows(receipt=kept)
    note_freshness(at=at)
    return TakenReceipt(kept.pk, True, kept.finding, cents)


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


def _wait_little() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_TIMEOUT_MS)])


def _book(receipt: wire.Receipt, id_pa: str, cents: int, raw_id: int, at: datetime) -> Booked:
    received = Received(
        channel=Collection.Channel.PAGOPA,
        reference=receipt.receipt_id,
        amount_cents=cents,
        # The number of another Ente's notice may be one of ours as well: it must not be looked up here.
        notice_number=receipt.notice_number if receipt.fiscal_code == id_pa else "",
        paid_at=receipt.paid_at or at,
        payer=(receipt.payer or receipt.debtor).full_name,
        raw_message_id=raw_id,
        details=_details(receipt, id_pa, at),
    )
    booked_on = at.astimezone(ROME).date()
    return record_collection(received=received, booked_on=booked_on, at=at, actor=PAGOPA)


def _details(receipt: wire.Receipt, id_pa: str, at: datetime) -> dict[str, object]:
    """What the quietanza and the board show of the payment, by the names billing reads."""
    details: dict[str, object] = {
        PSP_NAME: receipt.psp_company_name,
        PSP_ID: receipt.id_psp,
        "iuv": receipt.iuv,
        "iur": receipt.receipt_id,
        "channel_description": receipt.channel_description,
    }
    if receipt.payer:
        details[PAYER_CODICE_FISCALE] = receipt.payer.code
    if receipt.applied_on:
        details[APPLICATION_ON] = receipt.applied_on.isoformat()
    if receipt.stand_in:
        details["stand_in"] = True
    if is_late(receipt.paid_at or at, at):
        details["late"] = True
    if receipt.fiscal_code != id_pa:
        details |= {"issuer": receipt.fiscal_code, "notice_number": receipt.notice_number}
    return details


def _known(receipt: wire.Receipt, id_pa: str) -> Receipt | None:
    return Receipt.objects.filter(id_pa=id_pa, receipt_id=receipt.receipt_id).first()


def _facts(
    receipt: wire.Receipt, id_pa: str, cents: int, booked: Booked, at: datetime
) -> ReceiptFacts:
    before = None
    if booked.position_id is not None:
        before = notice_before(
            notice_number=receipt.notice_number,
            collection_id=booked.collection_id,
            allotted_cents=booked.allotted_cents,
        )
    return ReceiptFacts(
        arrived_cents=cents,
        due_cents=before.due_cents if before and not booked.actualised else cents,
        paid_at=receipt.paid_at or at,
        received_at=at,
        notice_known=before is not None,
        third_party=receipt.fiscal_code != id_pa,
        withdrawn=before is not None and before.withdrawn,
        replaced=before is not None and before.replaced,
        paid_before=before is not None and before.paid_before,
        settled_before=before is not None and not before.owed_cents,
        stand_in=receipt.stand_in,
        booked_cents=booked.allotted_cents + booked.excess_cents,
    )


def _keep(
    receipt: wire.Receipt, id_pa: str, cents: int, booked: Booked, facts: ReceiptFacts,
    raw_id: int, at: datetime,
) -> Receipt:  # fmt: skip
    row = receipt_row(receipt, id_pa, cents, at)
    row.finding = find_receipt(
        third_party=facts.third_party,
        notice_known=facts.notice_known,
        paid_cents=cents,
        excess_cents=booked.excess_cents,
        asked_cents=facts.due_cents,
    )
    row.collection_id = booked.collection_id
    row.raw_message_id = raw_id
    row.received_at = at
    row.save(force_insert=True)
    return row
