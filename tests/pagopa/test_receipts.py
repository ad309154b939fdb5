"""Chapter 6 – receipts: booked once whatever happens, never refused for a reason of ours."""

from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django_tenants.utils import schema_context

from billing.models import Collection, SourceFreshness, TimelineEntry, Transfer
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services.positions import withdraw_position
from billing.services.receipts import receipt_data
from pagopa.models import FlowRow, Receipt
from pagopa.services.receipts import ReceiptRefused, take_receipt
from pagopa.wire.asking import write_request
from paybox.kernel.models import AuditEntry, RawMessage
from tests.build import AT, make_position
from tests.pagopa.conftest import STATION, Node, receipt_of
from tests.pagopa_wire import examples
from tests.plugin import app_url, drop_database, owner_url
from tests.template import BORGO, VALLE

THREADS = 8


def single(number: int = 0, **given: Any) -> Any:
    return make_position(**given).instalments.get(number=number)


@pytest.mark.django_db
class TestTaken:
    @pytest.mark.parametrize("v2", [False, True])
    def test_the_money_is_booked_and_the_receipt_kept(self, borgo, node: Node, v2):
        instalment = single()
        assert node.send_rt(receipt_of(instalment), v2=v2).ok
        receipt = Receipt.objects.get()
        assert (receipt.id_pa, receipt.amount_cents, receipt.finding) == (BORGO, 12_000, "ATTESA")
        assert (receipt.psp_id, receipt.fee_cents) == ("FINTOPSP01", 150)
        assert receipt.collection.reference == receipt.receipt_id
        assert (receipt.collection.channel, receipt.collection.payer) == ("PAGOPA", "Mario Rossi")
        raw = RawMessage.objects.get(pk=receipt.raw_message_id)
        assert raw.kind == f"pagopa.paSendRT{'V2' if v2 else ''}"
        assert receipt.receipt_id.encode() in bytes(raw.body)
        quietanza = receipt_data(receipt.collection, borgo)
        assert (quietanza.psp_name, quietanza.psp_id) == ("Banca di Esempio S.p.A.", "FINTOPSP01")
        assert quietanza.application_on == receipt.applied_on
        told = TimelineEntry.objects.get(kind="PAGATA")
        assert told.details["psp_name"] == "Banca di Esempio S.p.A."
        assert "payer_codice_fiscale" not in told.details
        assert SourceFreshness.objects.get().source == "PAGOPA"
        assert list(ledger_problems()) == []

    def test_sent_again_it_is_ok_and_books_nothing(self, borgo, node: Node):
        receipt = receipt_of(single())
        for v2 in (True, True, False):
            assert node.send_rt(receipt, v2=v2).ok
        assert Receipt.objects.count() == Collection.objects.count() == 1
        assert RawMessage.objects.count() == 3
        assert not AuditEntry.objects.filter(action="pagopa.receipt.differed").exists()
        assert list(ledger_problems()) == []

    def test_the_same_name_with_other_money_keeps_the_first_and_alarms(self, borgo, node: Node):
        receipt = receipt_of(single())
        node.send_rt(receipt)
        assert node.send_rt(replace(receipt, amount_cents=99_900)).ok
        assert Receipt.objects.get().amount_cents == 12_000
        alarm = AuditEntry.objects.get(action="pagopa.receipt.differed")
        assert alarm.details["fields"] == ["amount_cents"]
        assert RawMessage.objects.filter(pk=alarm.details["raw_message_id"]).exists()
        assert list(ledger_problems()) == []

    def test_another_receipt_for_a_paid_notice_is_excess(self, borgo, node: Node):
        receipt = receipt_of(single())
        node.send_rt(receipt)
        assert node.send_rt(replace(receipt, receipt_id="seconda")).ok
        assert Receipt.objects.get(receipt_id="seconda").finding == "ECCEDENZA"
        assert ledger_totals().excess == 12_000
        assert list(ledger_problems()) == []

    def test_money_for_an_unknown_or_withdrawn_notice_is_kept(self, borgo, node: Node, ada):
        gone = make_position()
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        assert node.send_rt(receipt_of(gone.instalments.get(number=0))).ok
        assert node.send_rt(examples.receipt(receipt_id="ignota")).ok
        findings = dict(Receipt.objects.values_list("receipt_id", "finding"))
        assert sorted(findings.values()) == ["AVVISO_SCONOSCIUTO", "ECCEDENZA"]
        assert findings["ignota"] == "AVVISO_SCONOSCIUTO"
        assert list(ledger_problems()) == []

    def test_stand_in_with_an_old_amount_is_taken_and_shown(self, borgo, node: Node):
        instalment = single()
        stale = receipt_of(instalment, amount_cents=11_000, stand_in=True)
        assert node.send_rt(stale).ok
        kept = Receipt.objects.get()
        assert (kept.finding, kept.stand_in) == ("IMPORTO_INFERIORE", True)
        position = kept.collection.position
        assert position is not None
        assert (position.state, position.residual_cents) == ("PARZIALE", 1_000)
        assert list(ledger_problems()) == []

    def test_our_share_of_another_enti_notice_pays_nothing_of_ours(self, borgo, node: Node):
        """Its number is also one of ours: it must not be taken for it."""
        ours = single()
        shares = (
            examples.receipt_transfer(amount_cents=10_000, fiscal_code=VALLE),
            examples.receipt_transfer(id_transfer=2, amount_cents=2_000),
        )
        theirs = receipt_of(ours, fiscal_code=VALLE, transfers=shares)
        assert node.send_rt(theirs).ok
        kept = Receipt.objects.get()
        assert (kept.finding, kept.amount_cents) == ("CONTO_TERZI", 2_000)
        assert kept.collection.position is None
        ours.refresh_from_db()
        assert ours.state == "PAGABILE"
        assert list(ledger_problems()) == []

    def test_the_same_receipt_reaches_both_beneficiaries(self, borgo, valle, node: Node):
        shares = (
            examples.receipt_transfer(amount_cents=10_000),
            examples.receipt_transfer(id_transfer=2, amount_cents=2_000, fiscal_code=VALLE),
        )
        receipt = receipt_of(single(), transfers=shares)
        assert node.send_rt(receipt).ok
        assert node.send_rt(receipt, id_pa=VALLE).ok
        with schema_context("valle"):
            assert Receipt.objects.get().amount_cents == 2_000
            assert list(ledger_problems()) == []
        assert list(ledger_problems()) == []

    @pytest.mark.parametrize(
        "given",
        [{"outcome": "KO"}, {"fiscal_code": VALLE, "transfers": ()}, {"amount_cents": 0}],
    )
    def test_without_money_of_ours_it_is_kept_raw_only(self, borgo, node: Node, given):
        if "transfers" in given:
            given["transfers"] = (examples.receipt_transfer(fiscal_code=VALLE),)
        answer = node.send_rt(receipt_of(single(), **given))
        assert answer.fault is not None
        assert answer.fault.code == "PAA_SEMANTICA"
        assert Collection.objects.count() == 0
        assert RawMessage.objects.get().kind == "pagopa.ricevuta_non_accolta"
        assert AuditEntry.objects.filter(action="pagopa.receipt.unread").count() == 1

    def test_from_a_broker_that_is_not_ours_it_is_kept_raw_only(self, borgo, node: Node):
        answer = node.send_rt(receipt_of(single()), id_broker="99999999999")
        assert answer.fault is not None
        assert answer.fault.code == "PAA_ID_INTERMEDIARIO_ERRATO"
        assert RawMessage.objects.count() == 1

    def test_a_receipt_after_its_flow_finds_the_row_that_waited(self, borgo, node: Node):
        from pagopa.services.reconciliation import take_flow
        from tests.pagopa.test_reconciliation import flow_xml

        instalment = single()
        receipt = receipt_of(instalment)
        take_flow(raw=flow_xml((instalment.iuv, receipt.receipt_id, 12_000, "8")), at=AT)
        assert FlowRow.objects.get().label == "IUV_NO_RT"
        node.send_rt(receipt)
        assert FlowRow.objects.get().label == "RT_IUF"
        assert TimelineEntry.objects.filter(kind="RICONCILIATA").count() == 1
        assert list(ledger_problems()) == []


def at_once(action: Any) -> list[Any]:
    """Eight threads, each with its own connection, all let go together."""
    gate, answers = Barrier(THREADS), []

    def run() -> None:
        try:
            gate.wait(20)
            answers.append(action())
        finally:
            connections["default"].close()

    threads = [Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def hang_up_on_everybody(database: str) -> None:
    """End every session of the product on that database, as a restart of the server does."""
    with psycopg.connect(app_url(database), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND usename = current_user"  # autovacuum is not ours to end
        )


class TestRaces:
    def test_eight_deliveries_of_one_receipt_book_it_once(self, own_database, official):
        with schema_context("borgo"):
            instalment = single()
        body = write_request(Node(official).receipt_request(receipt_of(instalment)))
        answers = at_once(lambda: Node(official).post(body, "paSendRTV2"))
        assert [answer.status_code for answer in answers] == [200] * THREADS
        assert all(b"<outcome>OK</outcome>" in answer.content for answer in answers)
        with schema_context("borgo"):
            assert Receipt.objects.count() == Collection.objects.count() == 1
            assert Transfer.objects.filter(kind="INCASSO").count() == 1
            assert RawMessage.objects.count() == THREADS
            assert list(ledger_problems()) == []

    def test_control_a_naive_taker_books_it_more_than_once(self, own_database):
        """What the test above would see without the unique reference and the one statement."""
        with connection.cursor() as cursor, psycopg.connect(owner_url(own_database)) as owner:
            owner.execute("CREATE TABLE public.naive (reference text)")
            owner.execute("GRANT ALL ON public.naive TO PUBLIC")
            cursor.execute("SELECT 1")
        seen = Barrier(THREADS)

        def naive() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM public.naive WHERE reference = 'r'")
                known = cursor.fetchone()[0]
                seen.wait(20)
                if not known:
                    cursor.execute("INSERT INTO public.naive VALUES ('r')")

        at_once(naive)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM public.naive")
            assert cursor.fetchone()[0] == THREADS


class TestOurTroubles:
    def test_what_cannot_even_be_kept_is_an_http_error(self, own_database, official):
        with schema_context("borgo"):
            instalment = single()
        request = Node(official).receipt_request(receipt_of(instalment))
        connection.close()
        with psycopg.connect(owner_url(own_database)) as owner:
            owner.execute(f"ALTER DATABASE \"{own_database}\" SET statement_timeout = '300ms'")
            owner.commit()
            owner.execute("LOCK TABLE borgo.kernel_rawmessage IN ACCESS EXCLUSIVE MODE")
            answer = Node(official).post(write_request(request), "paSendRTV2")
            assert (answer.status_code, answer.content) == (503, b"")
        with schema_context("borgo"):
            assert Collection.objects.count() == RawMessage.objects.count() == 0
            assert list(ledger_problems()) == []
        assert Node(official).ask(request).ok
        with schema_context("borgo"):
            assert Receipt.objects.count() == 1
            assert list(ledger_problems()) == []

    def test_without_a_database_a_receipt_comes_again_and_a_question_is_our_error(
        self, own_database, official
    ):
        with schema_context("borgo"):
            instalment = single()
        node = Node(official)
        assert node.verify(instalment.notice_number).ok
        hang_up_on_everybody(own_database)
        drop_database(own_database)
        sent = node.post(write_request(node.receipt_request(receipt_of(instalment))), "paSendRTV2")
        assert (sent.status_code, sent.content) == (503, b"")
        for answer in (
            node.verify(instalment.notice_number),
            node.get_payment(instalment.notice_number),
            node.verify("0" * 18),
        ):
            assert answer.fault.code == "PAA_SYSTEM_ERROR"

    def test_a_connection_that_died_is_opened_again(self, own_database, official):
        with schema_context("borgo"):
            number = single().notice_number
        node = Node(official)
        assert node.verify(number).ok
        hang_up_on_everybody(own_database)
        assert node.verify(number).ok


@pytest.mark.django_db
def test_the_service_itself_refuses_and_writes_nothing(borgo):
    negative = receipt_of(single(), outcome="KO")
    with pytest.raises(ReceiptRefused):
        take_receipt(receipt=negative, id_pa=BORGO, raw=b"<a/>", at=AT)
    assert RawMessage.objects.count() == 0
    assert STATION.startswith(BORGO)
