"""Chapter 6 – receipts that never came are asked of a real process, a few an hour, and taken as the Node's own."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from socket import socket
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest
from django.conf import settings
from django.core.cache import cache
from django_tenants.utils import schema_context
from lxml import etree

from billing.models import Collection, TimelineEntry
from billing.selectors.ledger import ledger_problems
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.gateways.receipt_sources import BizEvents, CallBudget, GpdPayments, ReceiptSource
from pagopa.gateways.soap_line import IntermediaryAccess
from pagopa.gateways.soap_paid import SoapReceipts
from pagopa.models import FlowRow, Receipt, ReceiptAnomaly
from pagopa.services.receipt_recovery import (
    Archives,
    Recovered,
    look_for_receipt,
    recover_receipts,
)
from pagopa.services.receipt_search import note_return
from pagopa.services.reconciliation import take_flow
from pagopa.simulator.app import INTERMEDIARY_PATH
from pagopa.simulator.store import Store
from pagopa.tasks import recover_cart as cart_work
from pagopa.tasks import recover_receipts as work
from pagopa.tasks import search_receipt as search
from pagopa.wire.asking import write_request
from pagopa.wire.receipt_document import read_receipt_document
from pagopa.wire.receipt_json import ReceiptAnswerRefused, read_receipt_answer
from pagopa.wire.requests import SendRtRequest
from pagopa.wire.soap import open_envelope
from paybox.kernel.models import OutboxEntry, RawMessage
from paybox.kernel.queue import RetryLater
from tenants.models import Ente
from tests.build import AT, make_position, pay
from tests.pagopa.conftest import STATION, receipt_of
from tests.pagopa.openapi import document
from tests.pagopa.test_reconciliation import flow_xml, labels
from tests.pagopa_wire import examples
from tests.pagopa_wire.soap import line
from tests.template import BORGO

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=2)


class Events:
    """The stand-ins of both archives; ``has`` lets them have a receipt that was never sent."""

    def __init__(self, url: str, state: Path) -> None:
        self.url, self.gpd_url = f"{url}/bizevents", f"{url}/gpdpayments"
        self.store = Store(state)
        self.source = BizEvents(Reader(ReadingAccess(self.url, slot_s=0, attempts=1)))
        self.gpd = GpdPayments(Reader(ReadingAccess(self.gpd_url, slot_s=0, attempts=1)))

    def has(self, instalment: Any, receipt_id: str, *, published_as: str = "") -> None:
        receipt = receipt_of(instalment, receipt_id=receipt_id)
        envelope = write_request(SendRtRequest(BORGO, BORGO, STATION, receipt))
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO receipts (token, fiscal_code, station, operation, envelope, state)"
                " VALUES (?, ?, ?, 'paSendRTV2', ?, 'NOTICE_PENDING')",
                (receipt_id, BORGO, STATION, envelope),
            )
            db.execute(
                "INSERT INTO tokens (token, fiscal_code, notice_number) VALUES (?, ?, ?)",
                (receipt_id, BORGO, instalment.notice_number),
            )
            if published_as:
                db.execute(
                    "INSERT INTO notices (ente_code, iud, iuv) VALUES (?, ?, ?)",
                    (published_as, instalment.notice_number, receipt.iuv),
                )
            db.execute(
                "INSERT INTO shares (token, id_transfer, fiscal_code, iuv) VALUES (?, 1, ?, ?)",
                (receipt_id, BORGO, receipt.iuv),
            )

    def archives(self, *sources: ReceiptSource, calls: int = 10) -> Archives:
        return Archives(sources or (self.source,), BORGO, CallBudget(cache, "borgo", calls))

    def recover(self, *sources: ReceiptSource, calls: int = 10, before: Any = LATER) -> Recovered:
        archives = self.archives(*sources, calls=calls)
        return recover_receipts(archives=archives, before=before, at=LATER)

    def recover_one(self, instalment: Any, *sources: ReceiptSource) -> Recovered:
        archives = self.archives(*sources)
        return look_for_receipt(iuv=instalment.iuv, archives=archives, at=LATER, again=False)

    def configured(self, monkeypatch: Any, **more: Any) -> None:
        urls = {"biz_events_url": self.url, "gpd_payments_url": self.gpd_url}
        here = settings.ENVIRONMENT.model_copy(update={**urls, **more})
        monkeypatch.setattr(settings, "ENVIRONMENT", here)


@pytest.fixture
def events(borgo: Any, simulator: Callable[..., Any], tmp_path: Path) -> Events:
    """Of an Ente without intermediary."""
    cache.clear()
    Ente.objects.filter(pk=borgo.pk).update(gateway="DIRECT")
    return Events(simulator().url, tmp_path / "node")


def notes(notice: Any) -> list[str]:
    with schema_context("borgo"):
        found = TimelineEntry.objects.filter(position=notice.position, kind="NOTA").order_by("pk")
        return [entry.details["text"] for entry in found]


def do_what_waits(task: str) -> None:
    with schema_context("borgo"):
        entry = OutboxEntry.objects.get(task=task)
        search(**entry.arguments)
        entry.delete()


def owed() -> Any:
    return make_position(cents=12_000, rates=()).instalments.get(number=0)


def test_a_receipt_that_never_came_is_fetched_and_booked(borgo, events):
    notice = owed()
    events.has(notice, "iur-1")
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 12_000, "0")), at=AT)
    assert events.recover(before=AT) == Recovered(0, 0, False)
    assert events.recover() == Recovered(1, 1, False)
    receipt = Receipt.objects.get()
    assert (receipt.receipt_id, receipt.amount_cents) == ("iur-1", 12_000)
    assert Collection.objects.get().allotted_cents == 12_000
    assert labels(FlowRow) == ["RT_IUF"]
    assert RawMessage.objects.filter(kind="pagopa.bizEvents").count() == 1
    assert events.recover() == Recovered(0, 0, False)
    assert list(ledger_problems()) == []


def test_no_more_calls_an_hour_than_are_allowed_and_none_twice_a_day(borgo, events):
    lines = tuple((f"0100000000000{n:04d}", f"iur-{n}", 100, "9") for n in range(5))
    take_flow(raw=flow_xml(*lines), at=AT)
    assert events.recover(calls=3) == Recovered(3, 0, True)
    assert events.recover(calls=3) == Recovered(0, 0, True)
    assert Receipt.objects.count() == 0
    cache.delete("receipts:calls:bizEvents:borgo")  # an hour later: those never asked come first
    assert events.recover(calls=3) == Recovered(2, 0, False)
    assert events.recover(calls=3) == Recovered(0, 0, False)


def test_who_knows_the_iuv_is_asked_first_and_then_nobody_else(borgo, events):
    notice = owed()
    events.has(notice, "iur-1")
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 12_000, "9")), at=AT)
    assert events.recover(events.gpd, events.source) == Recovered(1, 1, False)
    assert RawMessage.objects.filter(kind="pagopa.gpdPayments").count() == 1
    assert Collection.objects.get().allotted_cents == 12_000
    assert labels(FlowRow) == ["RT_IUF"]
    assert list(ledger_problems()) == []


def test_the_receipt_of_the_first_payer_is_not_that_of_the_second(borgo, events):
    """An archive that knows the IUV only has the one that we have already; nothing is booked, nobody is alarmed."""
    notice = owed()
    events.has(notice, "prima")
    assert events.recover_one(notice, events.gpd) == Recovered(1, 1, False)
    second = (notice.iuv, "seconda", 12_000, "9")
    take_flow(raw=flow_xml((notice.iuv, "prima", 12_000, "0"), second), at=AT)
    assert events.recover(events.gpd, events.source) == Recovered(1, 0, False)
    assert (Receipt.objects.count(), Collection.objects.count()) == (1, 1)
    assert ReceiptAnomaly.objects.filter(oddity__in=["NON_ACCOLTA", "COPIA_DIFFORME"]).count() == 0
    assert sorted(labels(FlowRow)) == ["IUV_NO_RT", "RT_IUF"]
    assert list(ledger_problems()) == []


def test_the_service_stops_whoever_asks_too_much(borgo, events):
    lines = tuple((f"0100000000000{n:04d}", f"iur-{n}", 100, "9") for n in range(12))
    take_flow(raw=flow_xml(*lines), at=AT)
    with pytest.raises(RetryLater, match="tornare più tardi"):
        events.recover(calls=100)


def test_the_work_asks_where_the_installation_says(borgo, events, monkeypatch):
    notice = owed()
    events.has(notice, "iur-1")
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 12_000, "8")), at=AT)
    work()
    assert Receipt.objects.count() == 0
    events.configured(monkeypatch, receipt_recovery_minutes=0)
    work()
    assert Receipt.objects.get().receipt_id == "iur-1"


def test_an_official_looks_for_a_receipt_and_reads_the_answer_on_the_position(
    borgo, events, monkeypatch, visit
):
    notice = owed()
    url = "/ufficio/pagopa/ricevute/cerca/"
    browser = visit("ada@example.org")
    lost = browser.post(url, {"q": "niente"}, follow=True).content.decode()
    assert "Scrivere il codice avviso o lo IUV di un avviso di questo Ente" in lost
    nobody = browser.post(url, {"q": notice.notice_number}, follow=True).content.decode()
    assert "non può chiedere ricevute" in nobody
    events.configured(monkeypatch)
    listed = browser.get("/ufficio/pagopa/ricevute/", {"q": notice.notice_number}).content.decode()
    assert "Cerca la ricevuta" in listed
    for _ in range(2):  # pressed twice it is asked once
        asked = browser.post(url, {"q": notice.notice_number}, follow=True).content.decode()
        assert "La ricevuta è stata chiesta a pagoPA" in asked
    do_what_waits("pagopa.search_receipt")
    assert notes(notice) == ["Ricevuta chiesta a pagoPA: non risulta alcun pagamento nuovo"]
    events.has(notice, "iur-1")
    browser.post(url, {"q": notice.iuv}, follow=True)
    do_what_waits("pagopa.search_receipt")
    assert notes(notice)[1:] == ["Ricevuta chiesta a pagoPA: trovata e registrata"]
    told = browser.get(f"/ufficio/posizioni/{notice.position.uuid}/").content.decode()
    assert "trovata e registrata" in told
    with schema_context("borgo"):
        assert Collection.objects.get().allotted_cents == 12_000
        assert list(ledger_problems()) == []


def test_by_button_too_no_more_calls_than_are_allowed(borgo, events, monkeypatch):
    events.configured(monkeypatch, biz_events_calls=0)
    with pytest.raises(RetryLater, match="quest'ora sono finite"):
        search(iuv=owed().iuv, actor_id=1, actor_name="Ada Bianchi")


def test_a_payer_back_without_a_receipt_is_looked_after_three_times(borgo, events, monkeypatch):
    events.configured(monkeypatch)
    paid, unpaid = owed(), owed()
    events.has(paid, "iur-1")
    numbers = [paid.notice_number, unpaid.notice_number]
    note_return(notice_numbers=numbers, at=AT)
    waits = []
    while entry := OutboxEntry.objects.filter(task="pagopa.recover_cart", done_at=None).first():
        waits.append(entry.next_at)
        cart_work(**entry.arguments)
        OutboxEntry.objects.filter(pk=entry.pk).delete()
    assert waits[0] - AT == timedelta(minutes=10)
    assert len(waits) == 3
    assert Receipt.objects.get().receipt_id == "iur-1"
    assert Collection.objects.get().allotted_cents == 12_000
    assert list(ledger_problems()) == []


def test_through_the_intermediary_too_and_who_is_away_does_not_stop_the_others(
    borgo, events, monkeypatch
):
    Ente.objects.filter(pk=borgo.pk).update(gateway="SOAP")
    notice, second = owed(), owed()
    root = events.url.removesuffix("/bizevents")
    events.configured(monkeypatch, gpd_payments_url="", intermediary_url=root + INTERMEDIARY_PATH)
    events.has(notice, "iur-1", published_as="c_borgo")
    lines = tuple((one.iuv, f"iur-{n}", 12_000, "9") for n, one in enumerate((notice, second), 1))
    take_flow(raw=flow_xml(*lines), at=AT)
    search(iuv=notice.iuv, actor_id=1, actor_name="Ada Bianchi")
    assert RawMessage.objects.filter(kind="pagopa.chiediPagatiConRicevuta").count() == 1
    assert Collection.objects.get().reference == "iur-1"
    events.has(second, "iur-2")
    with socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        access = IntermediaryAccess(f"http://127.0.0.1:{nobody.getsockname()[1]}/ws", slot_s=0)
        away = SoapReceipts(line(access), "c_borgo")
        with pytest.raises(RetryLater):
            events.recover_one(owed(), away, events.gpd)
        assert events.recover_one(second, away, events.gpd) == Recovered(2, 1, False)
    assert Collection.objects.get(reference="iur-2").allotted_cents == 12_000
    assert list(ledger_problems()) == []


def test_a_cart_whose_receipts_have_come_is_left_alone(borgo, events):
    notice = owed()
    pay(notice.notice_number, 12_000)
    note_return(notice_numbers=[notice.notice_number], at=AT)
    assert OutboxEntry.objects.filter(task="pagopa.recover_cart").count() == 0


def test_a_receipt_is_read_whatever_it_is_wrapped_in():
    receipt = examples.receipt()
    envelope = write_request(SendRtRequest(BORGO, BORGO, STATION, receipt))
    bare = etree.tostring(open_envelope(envelope))
    inside = f"<string>{escape(envelope.decode().split('?>', 1)[1])}</string>".encode()
    read = {read_receipt_document(raw).receipt_id for raw in (envelope, bare, inside)}
    assert read == {receipt.receipt_id}
    for raw in (b"", b"<a/>", b"<a>testo</a>", write_request(examples.verify_request())):
        with pytest.raises(ReceiptAnswerRefused):
            read_receipt_document(raw)


def test_the_stand_in_answers_in_the_names_of_the_document(borgo, events):
    notice = owed()
    events.has(notice, "iur-1")
    path = f"{events.url}/organizations/{BORGO}/receipts/iur-1"
    said = httpx.get(path, trust_env=False).json()
    spec = document("biz_events.json")["components"]["schemas"]
    for model, part in [
        ("CtReceiptModelResponse", said),
        ("Debtor", said["debtor"]),
        ("TransferPA", said["transferList"][0]),
    ]:
        assert part.keys() <= spec[model]["properties"].keys()
        assert set(spec[model]["required"]) <= part.keys()


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"receiptId": 3}'])
def test_what_is_no_receipt_is_refused(raw):
    with pytest.raises(ReceiptAnswerRefused):
        read_receipt_answer(raw)
