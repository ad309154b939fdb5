"""Chapter 6 – the short road of a plain receipt: one statement, and not a row that the long road would not write."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from billing.models import (
    Collection,
    Instalment,
    LedgerTotal,
    Position,
    SourceFreshness,
    TimelineEntry,
    Transfer,
)
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from pagopa.models import LeftReceipt, Receipt, ReceiptAnomaly
from pagopa.services.receipt_arrival import receive_receipt
from pagopa.services.receipt_booking import book_receipt
from pagopa.services.receipts import take_receipt
from pagopa.wire.asking import write_request
from paybox.kernel.inbox import store_raw
from paybox.kernel.models import AuditEntry, OutboxEntry, RawMessage
from paybox.kernel.queue import answer_bell
from tests.build import AT, make_position
from tests.pagopa.conftest import Node, receipt_of
from tests.pagopa.test_receipts import THREADS, at_once
from tests.plugin import owner_url
from tests.template import BORGO

LATER = AT + timedelta(minutes=2)
KINDS = (
    Collection, Instalment, LedgerTotal, Position, Receipt, ReceiptAnomaly, SourceFreshness, TimelineEntry, Transfer,
)  # fmt: skip
GIVEN_BY_THE_DATABASE = {
    "id", "uuid", "raw_message_id", "collection_id", "receipt_id", "position_id", "settled_at",
}  # fmt: skip


def paid(position: Position, number: int, **given: Any) -> Any:
    receipt = receipt_of(position.instalments.get(number=number), paid_at=AT)
    return replace(receipt, **given)


def plain(position: Position) -> list[Any]:
    return [paid(position, 0)]


def one_rata(position: Position) -> list[Any]:
    return [paid(position, 1)]


def every_rata(position: Position) -> list[Any]:
    return [paid(position, number, receipt_id=f"rata-{number}") for number in (1, 2)]


def again(position: Position) -> list[Any]:
    return [paid(position, 0), paid(position, 0)]


def without_payer(position: Position) -> list[Any]:
    return [paid(position, 0, payer=None, applied_on=None, payment_method="", fee_cents=None)]


def another_copy(position: Position) -> list[Any]:
    return [paid(position, 0), paid(position, 0, id_psp="ALTROPSP01")]


def a_minute_later(position: Position) -> list[Any]:
    """Then the freshness is told again."""
    return [paid(position, 1), paid(make_position(), 0, receipt_id="altra")]


def twice(position: Position) -> list[Any]:
    return [paid(position, 0), paid(position, 0, receipt_id="seconda")]


def the_other_way(position: Position) -> list[Any]:
    return [paid(position, 1), paid(position, 0, receipt_id="unica")]


def less(position: Position) -> list[Any]:
    return [paid(position, 0, amount_cents=11_999)]


def more(position: Position) -> list[Any]:
    return [paid(position, 0, amount_cents=12_001)]


def unknown(position: Position) -> list[Any]:
    return [paid(position, 0, notice_number="301999999999999999")]


def late(position: Position) -> list[Any]:
    return [paid(position, 0, paid_at=AT - timedelta(hours=1))]


def stand_in(position: Position) -> list[Any]:
    return [paid(position, 0, stand_in=True)]


PLAIN = (plain, one_rata, every_rata, again, without_payer, a_minute_later)
ODD = (another_copy, twice, the_other_way, less, more, unknown, late, stand_in)


def short_road(receipt: Any, at: datetime) -> None:
    take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<r/>", at=at)


def long_road(receipt: Any, at: datetime) -> None:
    message = store_raw(kind="pagopa.paSendRTV2", body=b"<r/>", at=at)
    book_receipt(receipt=receipt, id_pa=BORGO, raw_message_id=message.pk, at=at)


def written(road: Any, receipts: list[Any]) -> dict[str, Any]:
    """All that one road leaves, in order of writing; taken back afterwards."""
    with transaction.atomic():
        for turn, receipt in enumerate(receipts):
            road(receipt, LATER + timedelta(seconds=61 * turn))
        left = {model.__name__: _rows(model) for model in KINDS}
        left["RawMessage"] = list(
            RawMessage.objects.order_by("pk").values(
                "kind", "sha256", "body", "headers", "received_at"
            )
        )
        assert list(ledger_problems()) == []
        transaction.set_rollback(True)
    return left


def _rows(model: Any) -> list[dict[str, Any]]:
    rows = model.objects.order_by("pk").values()
    names = GIVEN_BY_THE_DATABASE - ({"receipt_id"} if model is Receipt else set())
    return [{k: v for k, v in row.items() if k not in names} for row in rows]


@pytest.mark.django_db
class TestTheSameRows:
    @pytest.mark.parametrize("history", PLAIN + ODD)
    def test_by_either_road(self, borgo, history):
        receipts = history(make_position())
        by_long = written(long_road, receipts)
        assert by_long["Receipt"]
        assert by_long["Collection"]
        assert written(short_road, receipts) == by_long

    @pytest.mark.parametrize("history", PLAIN)
    def test_a_plain_one_asks_the_framework_for_nothing(
        self, borgo, history, django_assert_num_queries
    ):
        """Its one statement goes past the framework, which would count every other."""
        receipts = history(make_position())
        with django_assert_num_queries(0):
            for receipt in receipts:
                short_road(receipt, LATER)
        assert RawMessage.objects.count() == len(receipts)

    def test_a_withdrawn_notice_takes_the_long_road(self, borgo, ada):
        position = make_position()
        receipt = paid(position, 0)
        withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
        short_road(receipt, LATER)
        assert Receipt.objects.get().finding == "ECCEDENZA"
        assert ReceiptAnomaly.objects.get().oddity == "AVVISO_ANNULLATO"
        assert list(ledger_problems()) == []

    def test_whoever_follows_a_booking_hears_it_in_its_transaction(self, borgo):
        from billing.events import collection_recorded

        heard: list[Any] = []

        def hear(**given: Any) -> None:
            heard.append((given["collection_id"], connection.in_atomic_block))

        collection_recorded.connect(hear)
        try:
            short_road(paid(make_position(), 0), LATER)
        finally:
            collection_recorded.disconnect(hear)
        assert heard == [(Collection.objects.get().pk, True)]


class TestAtOnce:
    def test_of_eight_receipts_for_one_rata_seven_are_odd(self, own_database):
        """Whoever waited for the first sees the rata paid, though the credit still owes as much."""
        now = datetime.now(UTC)
        with schema_context("borgo"):
            receipt = replace(paid(make_position(), 1), paid_at=now)
        turns = iter(range(THREADS))

        def take() -> None:
            with schema_context("borgo"):
                short_road(replace(receipt, receipt_id=f"ricevuta-{next(turns)}"), now)

        at_once(take)
        with schema_context("borgo"):
            assert Receipt.objects.count() == RawMessage.objects.count() == THREADS
            assert ReceiptAnomaly.objects.filter(oddity="SECONDO_PAGAMENTO").count() == THREADS - 1
            assert list(ledger_problems()) == []

    def test_eight_copies_of_one_receipt_are_one(self, own_database):
        now = datetime.now(UTC)
        with schema_context("borgo"):
            receipt = replace(paid(make_position(), 1), paid_at=now)

        def take() -> None:
            with schema_context("borgo"):
                short_road(receipt, now)

        at_once(take)
        with schema_context("borgo"):
            assert Receipt.objects.count() == Collection.objects.count() == 1
            assert RawMessage.objects.count() == THREADS
            assert not ReceiptAnomaly.objects.exists()
            assert list(ledger_problems()) == []


class TestHeldByOthers:
    @pytest.mark.parametrize("given", [{}, {"stand_in": True}], ids=["short road", "long road"])
    def test_a_booking_that_would_wait_is_left_to_the_worker(self, own_database, official, given):
        """Sent twice meanwhile: both are answered OK and kept, the worker books one."""
        with schema_context("borgo"):
            position = make_position()
            receipt = paid(position, 0, paid_at=datetime.now(UTC), **given)
        node = Node(official)
        with psycopg.connect(owner_url(own_database)) as owner:
            owner.execute(
                "SELECT 1 FROM borgo.billing_position WHERE id = %s FOR UPDATE", [position.pk]
            )
            assert node.send_rt(receipt).ok
            assert node.send_rt(receipt).ok
            with schema_context("borgo"):
                assert Collection.objects.count() == 0
                assert RawMessage.objects.count() == LeftReceipt.objects.count() == 2
            for said in (
                node.verify(receipt.notice_number),
                node.get_payment(receipt.notice_number),
            ):
                assert said.fault.code == "PAA_PAGAMENTO_IN_CORSO"
        with schema_context("borgo"):
            left = list(OutboxEntry.objects.filter(task="pagopa.book_receipt"))
        assert [entry.arguments["id_pa"] for entry in left] == [BORGO, BORGO]
        for entry in left:
            answer_bell(schema="borgo", entry_id=entry.pk)
        with schema_context("borgo"):
            assert not OutboxEntry.objects.filter(
                task="pagopa.book_receipt", done_at__isnull=True
            ).exists()
            assert not LeftReceipt.objects.exists()
            kept = Receipt.objects.get()
            assert kept.raw_message_id == left[0].arguments["raw_message_id"]
            assert kept.received_at == RawMessage.objects.get(pk=kept.raw_message_id).received_at
            assert (
                Collection.objects.count() == Transfer.objects.filter(kind="INCASSO").count() == 1
            )
            assert RawMessage.objects.filter(kind="pagopa.paSendRTV2").count() == 2
            assert list(ledger_problems()) == []

    def test_still_held_it_waits_in_the_outbox(self, own_database, monkeypatch):
        monkeypatch.setattr("pagopa.services.receipt_arrival.WORKER_PATIENCE_MS", 50)
        with schema_context("borgo"):
            position = make_position()
            receipt = paid(position, 0, paid_at=datetime.now(UTC))
        raw = write_request(Node(None).receipt_request(receipt))  # type: ignore[arg-type]
        with psycopg.connect(owner_url(own_database)) as owner:
            owner.execute(
                "SELECT 1 FROM borgo.billing_position WHERE id = %s FOR UPDATE", [position.pk]
            )
            with schema_context("borgo"):
                receive_receipt(
                    receipt=receipt, id_pa=BORGO, raw=raw, operation="paSendRTV2", at=AT
                )
                entry = OutboxEntry.objects.get(task="pagopa.book_receipt")
            answer_bell(schema="borgo", entry_id=entry.pk)
        with schema_context("borgo"):
            entry.refresh_from_db()
            assert (entry.done_at, entry.failed_at) == (None, None)
            assert "occupata" in entry.last_error
            assert Collection.objects.count() == 0


@pytest.mark.django_db
def test_a_difference_between_copies_is_told_once_each(borgo):
    receipt = paid(make_position(), 0)
    short_road(receipt, LATER)
    short_road(replace(receipt, iuv="01999999999999999"), LATER)
    short_road(receipt, LATER)
    alarm = AuditEntry.objects.get(action="pagopa.receipt.differed")
    assert alarm.details["fields"] == ["iuv"]
    assert ReceiptAnomaly.objects.get().oddity == "COPIA_DIFFORME"
