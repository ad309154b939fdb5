"""Chapter 6 – any receipt at all, booked step by step: what is odd about it is found, kept and told.

Before: ``receipts`` has kept the message, or the worker has found it kept.  After: ledger, anomalies, flows that waited.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from billing.services.collections import Booked, record_collection
from billing.services.given_away import book_given_away, is_divided
from pagopa.models import Receipt
from pagopa.rules.labelling import find_receipt
from pagopa.rules.oddities import ReceiptFacts, find_oddities
from pagopa.selectors.anomalies import notice_before
from pagopa.services.anomalies import open_anomalies
from pagopa.services.flow_matching import match_waiting_rows
from pagopa.services.freshness import note_freshness
from pagopa.services.receipt_rows import compare, given_away, receipt_row, received_money, share_of
from pagopa.wire import requests as wire
from paybox.kernel.actor import PAGOPA
from paybox.kernel.clock import ROME


@dataclass(frozen=True, slots=True)
class TakenReceipt:
    """``new`` False: it had come before."""

    receipt_id: int
    new: bool


def book_receipt(
    *, receipt: wire.Receipt, id_pa: str, raw_message_id: int, at: datetime
) -> TakenReceipt:
    """Book the money of a message that is kept, in the caller's transaction. ``at``: when it came.

    The same receipt again changes nothing. Raises ReceiptRefused when no money in it is of ``id_pa``.
    """
    cents = share_of(receipt, id_pa)
    booked = _book(receipt, id_pa, cents, raw_message_id, at)
    known = None if booked.new else _known(receipt, id_pa)
    if known is not None:
        compare(known, receipt_row(receipt, id_pa, cents, at), raw_message_id, at)
        return TakenReceipt(known.pk, new=False)
    facts = _facts(receipt, id_pa, cents, booked, at)
    if booked.new or not is_divided(booked.collection_id):
        book_given_away(collection_id=booked.collection_id, given=given_away(receipt, id_pa), at=at)
    kept = _keep(receipt, id_pa, cents, booked, facts, raw_message_id, at)
    open_anomalies(receipt=kept, oddities=find_oddities(facts), at=at)
    match_waiting_rows(receipt=kept)
    note_freshness(at=at)
    return TakenReceipt(kept.pk, new=True)


def _book(receipt: wire.Receipt, id_pa: str, cents: int, raw_id: int, at: datetime) -> Booked:
    received = replace(received_money(receipt, id_pa, cents, at), raw_message_id=raw_id)
    booked_on = at.astimezone(ROME).date()
    return record_collection(received=received, booked_on=booked_on, at=at, actor=PAGOPA)


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
