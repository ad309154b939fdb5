"""pagoPA on the office's pages: a refusal asked again, a receipt in all its parts, an anomaly settled and reopened."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.services.positions import withdraw_position
from pagopa.models import Cart, Publication, Receipt, ReceiptAnomaly
from pagopa.services.receipts import take_receipt
from pagopa.wire.asking import write_request
from pagopa.wire.requests import SendRtRequest
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now
from paybox.kernel.models import AuditEntry, OutboxEntry
from tests.build import make_position
from tests.pages import text_of
from tests.pagopa.conftest import receipt_of
from tests.template import BORGO

Enter = Callable[[str], Client]
LIST = "/ufficio/pagopa/"
RECEIPTS = "/ufficio/pagopa/ricevute/"
ANOMALIES = "/ufficio/pagopa/anomalie/"
READ = ["ada@example.org", "bruno@example.org", "franco@example.org"]


def refused(reference: str, words: str = "Importo non coerente") -> Publication:
    position = make_position(reference=reference, rates=())
    Publication.objects.filter(position=position).delete()
    return Publication.objects.create(
        position=position, version=1, gateway="SOAP", state=Publication.State.REFUSED,
        asked_at=now(), answered_at=now(), words=words, code="PAA_X", attempts=1,
    )  # fmt: skip


def received(*, cents: int = 0, receipt_id: str = "RIC-1", **given: Any) -> Receipt:
    """A receipt of a position of Borgo as the Node sends it, taken."""
    way = make_position(rates=(), **given).instalments.get()
    told = receipt_of(way, receipt_id=receipt_id, paid_at=now())
    if cents:
        share = replace(told.transfers[0], amount_cents=cents)
        told = replace(told, amount_cents=cents, transfers=(share,))
    raw = write_request(SendRtRequest(BORGO, BORGO, f"{BORGO}_01", told))
    taken = take_receipt(receipt=told, id_pa=BORGO, raw=raw, at=now())
    return Receipt.objects.get(pk=taken.receipt_id)


class TestPublications:
    def test_a_refusal_is_asked_again(self, ada_browses: Client) -> None:
        row, other = refused("NO-1"), refused("NO-2", words="IBAN non censito")
        page = text_of(ada_browses.get(LIST))
        assert "Riprova le 2 rifiutate" in page
        OutboxEntry.objects.all().delete()
        told = text_of(ada_browses.post(f"{LIST}riprova/", {"id": [row.pk]}, follow=True))
        assert "Una posizione è di nuovo in attesa" in told
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.state, other.state) == (Publication.State.ASKED, Publication.State.REFUSED)
        assert OutboxEntry.objects.get().arguments == {"publication_ids": [row.pk]}
        assert AuditEntry.objects.get(action="pagopa.publication.retried").details["ids"] == [
            row.pk
        ]
        again = text_of(ada_browses.post(f"{LIST}riprova/", {"id": [row.pk]}, follow=True))
        assert "Niente da chiedere di nuovo" in again

    def test_what_no_longer_matters_is_left_alone(self, ada_browses: Client) -> None:
        row = refused("NO-1")
        withdraw_position(position_id=row.position_id, reason="sgravio", actor=SYSTEM, at=now())
        assert "Riprova" not in text_of(ada_browses.get(f"{LIST}?stato=RIFIUTATA"))
        ada_browses.post(f"{LIST}riprova/", {"id": [row.pk, "x", "99999999"]})
        row.refresh_from_db()
        assert row.state != Publication.State.ASKED or row.action == Publication.Action.WITHDRAW

    def test_filters(self, ada_browses: Client) -> None:
        refused("NO-1")
        refused("NO-2", words="IBAN non censito")
        found = text_of(ada_browses.get(f"{LIST}?q=iban"))
        assert "NO-2" in found
        assert "NO-1" not in found
        assert "NO-2" not in text_of(ada_browses.get(f"{LIST}?servizio=OCCUPAZIONE"))
        assert "NO-2" in text_of(ada_browses.get(f"{LIST}?servizio=TARI&stato=tutte"))

    def test_a_reader_does_not_order(self, enter: Enter) -> None:
        row = refused("NO-1")
        bruno = enter("bruno@example.org")
        assert "Riprova" not in text_of(bruno.get(LIST))
        assert bruno.post(f"{LIST}riprova/", {"id": [row.pk]}).status_code == 403
        assert enter("ada@example.org").get(f"{LIST}riprova/").status_code == 405


class TestReceipts:
    def test_one_in_all_its_parts(self, ada_browses: Client) -> None:
        receipt = received()
        page = text_of(ada_browses.get(f"{RECEIPTS}{receipt.pk}/"))
        for words in ("RIC-1", "Era attesa", "120,00 €", "Versamenti", "questo Ente", "Debitore"):
            assert words in page, words

    def test_its_message_is_saved_byte_for_byte_by_accountants_only(self, enter: Enter) -> None:
        receipt = received()
        address = f"{RECEIPTS}{receipt.pk}/messaggio.xml"
        answer = enter("franco@example.org").get(address)
        assert b"<receiptId>RIC-1</receiptId>" in answer.content
        assert answer["Content-Disposition"].startswith("attachment")
        for reader in ("bruno@example.org", "elena@example.org"):
            assert enter(reader).get(address).status_code == 403
            page = text_of(enter(reader).get(f"{RECEIPTS}{receipt.pk}/"))
            assert "messaggio.xml" not in page

    @pytest.mark.parametrize(
        ("cents", "words"),
        [
            (13_000, "restava da pagare meno di quanto è stato pagato"),
            (9_000, "L'avviso chiedeva 120,00 € e ne sono arrivati 90,00 €"),
        ],
    )
    def test_why_it_is_odd(self, ada_browses: Client, cents: int, words: str) -> None:
        receipt = received(cents=cents)
        assert words in text_of(ada_browses.get(f"{RECEIPTS}{receipt.pk}/"))

    def test_found_by_what_is_written_on_it(self, ada_browses: Client) -> None:
        one, other = received(), received(receipt_id="RIC-2")
        for query in ("RIC-1", one.iuv, one.notice_number):
            page = text_of(ada_browses.get(f"{RECEIPTS}?q={query}"))
            assert "RIC-1" in page
            assert other.receipt_id not in page
        today = f"{now():%Y-%m-%d}"
        assert "RIC-1" in text_of(ada_browses.get(f"{RECEIPTS}?dal={today}"))
        assert "RIC-1" not in text_of(ada_browses.get(f"{RECEIPTS}?dal=2099-01-01"))
        assert ada_browses.get(f"{RECEIPTS}?dal=boh&al=&q=%00").status_code == 200
        assert ada_browses.get(f"{LIST}?servizio=%00&q=%00").status_code == 200

    def test_valle_s_is_not_found(self, valle: Any, ada_browses: Client) -> None:
        assert ada_browses.get(f"{RECEIPTS}999999/").status_code == 404


class TestAnomalies:
    def test_settled_with_a_reason_and_reopened(self, enter: Enter) -> None:
        received(cents=13_000)
        anomaly = ReceiptAnomaly.objects.get(settled_at__isnull=True)
        franco = enter("franco@example.org")
        assert "anomalia delle ricevute da guardare" in text_of(franco.get("/ufficio/"))
        page = text_of(franco.get(ANOMALIES))
        assert "Pagato più dell'importo dovuto" in page
        assert "10,00 € fra le eccedenze" in page
        order = f"{ANOMALIES}{anomaly.pk}/chiudi/"
        assert "Scrivere il motivo" in text_of(franco.post(order, {"reason": " "}, follow=True))
        told = franco.post(order, {"reason": "Rimborsata con mandato 12"}, follow=True)
        assert "è chiusa" in text_of(told)
        assert "Nessuna anomalia" in text_of(franco.get(ANOMALIES))
        assert "Rimborsata con mandato 12" in text_of(franco.get(f"{ANOMALIES}?stato=chiuse"))
        assert "già stata chiusa" in text_of(franco.post(order, {"reason": "x"}, follow=True))
        back = franco.post(f"{ANOMALIES}{anomaly.pk}/riapri/", {"reason": "errore"}, follow=True)
        assert "di nuovo aperta" in text_of(back)
        assert "Pagato più" in text_of(franco.get(ANOMALIES))

    def test_only_accountants_settle(self, enter: Enter) -> None:
        received(cents=13_000)
        anomaly = ReceiptAnomaly.objects.get(settled_at__isnull=True)
        for who in ("bruno@example.org", "elena@example.org"):
            reader = enter(who)
            assert "Chiudi" not in text_of(reader.get(ANOMALIES))
            order = f"{ANOMALIES}{anomaly.pk}/chiudi/"
            assert reader.post(order, {"reason": "x"}).status_code == 403
        assert enter("ada@example.org").get(f"{ANOMALIES}{anomaly.pk}/chiudi/").status_code == 405

    def test_what_is_not_there(self, ada_browses: Client) -> None:
        assert ada_browses.post(f"{ANOMALIES}999999/chiudi/", {"reason": "x"}).status_code == 404


class TestCarts:
    def test_the_state_follows_receipts_and_time(self, ada_browses: Client) -> None:
        receipt = received()
        way = make_position(rates=()).instalments.get()
        long_ago = now().replace(year=2025)
        for number, at in (
            (receipt.notice_number, long_ago),
            (way.notice_number, long_ago),
            (way.notice_number, now()),
        ):
            Cart.objects.create(notice_numbers=[number], amount_cents=12_000, created_at=at)
        page = text_of(ada_browses.get("/ufficio/pagopa/carrelli/"))
        places = [page.index(f">{label}</span>") for label in ("In corso", "Abbandonato", "Pagato")]
        assert places == sorted(places)

    @pytest.mark.parametrize("who", READ)
    def test_who_reads(self, enter: Enter, who: str) -> None:
        for url in (ANOMALIES, "/ufficio/pagopa/carrelli/", RECEIPTS, LIST):
            assert enter(who).get(url).status_code == 200
            assert enter("carla@example.org").get(url).status_code == 403


def test_nothing_of_valle_is_read_or_ordered(valle: Any, ada_browses: Client) -> None:
    with schema_context("valle"):
        Cart.objects.create(notice_numbers=["301000000000000001"], amount_cents=1, created_at=now())
    assert "Nessun pagamento cominciato" in text_of(ada_browses.get("/ufficio/pagopa/carrelli/"))
