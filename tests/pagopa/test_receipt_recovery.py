"""Chapter 6 – receipts that never came are asked of a real process, a few an hour, and taken as the Node's own."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.cache import cache

from billing.models import Collection
from billing.selectors.ledger import ledger_problems
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.gateways.receipt_sources import BizEvents, CallBudget
from pagopa.models import FlowRow, Receipt
from pagopa.services.receipt_recovery import Recovered, recover_receipts
from pagopa.services.reconciliation import take_flow
from pagopa.simulator.store import Store
from pagopa.tasks import recover_receipts as work
from pagopa.wire.asking import write_request
from pagopa.wire.receipt_json import ReceiptAnswerRefused, read_receipt_answer
from pagopa.wire.requests import SendRtRequest
from paybox.kernel.models import RawMessage
from paybox.kernel.queue import RetryLater
from tests.build import AT, make_position
from tests.pagopa.conftest import STATION, receipt_of
from tests.pagopa.openapi import document
from tests.pagopa.test_reconciliation import flow_xml, labels
from tests.template import BORGO

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=2)


class Events:
    """The stand-in of payment events; ``has`` lets it have a receipt that was never sent."""

    def __init__(self, url: str, state: Path) -> None:
        self.url, self.store = f"{url}/bizevents", Store(state)
        self.source = BizEvents(Reader(ReadingAccess(self.url, slot_s=0, attempts=1)))

    def has(self, instalment: Any, receipt_id: str) -> None:
        receipt = receipt_of(instalment, receipt_id=receipt_id)
        envelope = write_request(SendRtRequest(BORGO, BORGO, STATION, receipt))
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO receipts (token, fiscal_code, station, operation, envelope, state)"
                " VALUES (?, ?, ?, 'paSendRTV2', ?, 'NOTICE_PENDING')",
                (receipt_id, BORGO, STATION, envelope),
            )

    def recover(self, *, calls: int = 10, before: Any = LATER) -> Recovered:
        budget = CallBudget(cache, "borgo", calls)
        return recover_receipts(
            source=self.source, organization=BORGO, budget=budget, before=before, at=LATER
        )


@pytest.fixture
def events(simulator: Callable[..., Any], tmp_path: Path) -> Events:
    cache.clear()
    return Events(simulator().url, tmp_path / "node")


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
    here = settings.ENVIRONMENT.model_copy(
        update={"biz_events_url": events.url, "receipt_recovery_minutes": 0}
    )
    monkeypatch.setattr(settings, "ENVIRONMENT", here)
    work()
    assert Receipt.objects.get().receipt_id == "iur-1"


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
