"""Chapter 8 – what a flow reports and no receipt tells is booked once, after a wait; a late receipt finds it booked."""

from datetime import timedelta

import pytest
from django.conf import settings

from billing.models import Collection, Position, TimelineEntry
from billing.selectors.ledger import ledger_problems
from pagopa.models import FlowRow, Receipt
from pagopa.selectors.anomalies import open_anomalies_queue
from pagopa.services.anomalies import settle_anomaly
from pagopa.services.flow_collections import book_without_receipt
from pagopa.services.receipts import take_receipt
from pagopa.services.reconciliation import take_flow
from pagopa.tasks import book_without_receipt as work
from paybox.kernel.models import AuditEntry
from tests.build import AT, make_position
from tests.pagopa.conftest import receipt_of
from tests.pagopa.test_reconciliation import flow_xml, labels
from tests.template import BORGO

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=73)


def owed(cents=12_000):
    return make_position(cents=cents, rates=()).instalments.get(number=0)


def book(before=LATER):
    return book_without_receipt(before=before, at=LATER)


@pytest.mark.parametrize("outcome", ["0", "4", "8", "9"])
def test_after_the_wait_the_row_is_a_collection(borgo, outcome):
    notice = owed()
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 12_000, outcome)), at=AT)
    assert book(before=AT) == 0
    assert Collection.objects.count() == 0
    assert book() == 1
    made = Collection.objects.get()
    assert (made.reference, made.amount_cents, made.allotted_cents) == ("iur-1", 12_000, 12_000)
    assert made.details["without_receipt"] is True
    assert Position.objects.get().state == "PAGATA"
    assert book() == 0
    assert Collection.objects.count() == 1
    assert AuditEntry.objects.filter(action="pagopa.collection.without_receipt").count() == 1
    assert list(ledger_problems()) == []


def test_a_late_receipt_finds_it_booked(borgo):
    notice = owed()
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 12_000, "9")), at=AT)
    book()
    receipt = receipt_of(notice, receipt_id="iur-1")
    taken = take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=LATER)
    assert taken.new
    assert Receipt.objects.get().collection == Collection.objects.get()
    assert labels(FlowRow) == ["RT_IUF"]
    assert Position.objects.get().residual_cents == 0
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("cents", [11_900, 12_100])
def test_a_late_receipt_of_another_amount_waits_for_a_person(borgo, ada, cents):
    """The money that has arrived is the flow's: nothing more is booked, and somebody is told."""
    notice = owed()
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 12_000, "9")), at=AT)
    book()
    receipt = receipt_of(notice, receipt_id="iur-1", amount_cents=cents, paid_at=AT)
    assert take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=LATER).new
    assert take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=LATER).new is False
    made = Collection.objects.get()
    assert (made.amount_cents, made.allotted_cents, made.excess_cents) == (12_000, 12_000, 0)
    assert labels(FlowRow) == ["RT_IUF_DIV_IMP"]
    (odd,) = open_anomalies_queue()
    assert odd.oddity == "DIVERSA_DAL_FLUSSO"
    assert odd.words in told(notice)
    assert list(ledger_problems()) == []
    settle_anomaly(anomaly_id=odd.pk, reason="chiarito con il PSP", actor=ada, at=LATER)
    assert list(open_anomalies_queue()) == []
    assert list(ledger_problems()) == []


def told(notice):
    found = TimelineEntry.objects.filter(position=notice.position, kind="NOTA")
    return [entry.details["text"] for entry in found]


def test_a_receipt_that_was_there_is_not_booked_again(borgo):
    notice = owed()
    receipt = receipt_of(notice, receipt_id="iur-1")
    take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=AT)
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 12_000, "0")), at=AT)
    assert book() == 0
    assert Collection.objects.count() == 1


def test_two_rows_of_one_payment_are_one_collection(borgo):
    notice = owed()
    rows = ((notice.iuv, "iur-1", 10_000, "9"), (notice.iuv, "iur-1", 2_000, "9"))
    take_flow(raw=flow_xml(*rows), at=AT)
    assert book() == 1
    assert Collection.objects.get().amount_cents == 12_000
    assert list(ledger_problems()) == []


def test_a_second_payment_of_a_paid_notice_is_excess(borgo):
    notice = owed()
    take_flow(raw=flow_xml((notice.iuv, "a", 12_000, "9"), (notice.iuv, "b", 12_000, "9")), at=AT)
    assert book() == 2
    assert sorted(Collection.objects.values_list("excess_cents", flat=True)) == [0, 12_000]
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    ("iuv", "cents", "outcome"),
    [("01000000000009999", 12_000, "9"), ("", 11_900, "9"), ("", 12_000, "3"), ("", 12_000, "7")],
)
def test_what_leaves_a_doubt_waits_for_a_person(borgo, iuv, cents, outcome):
    notice = owed()
    take_flow(raw=flow_xml((iuv or notice.iuv, "iur-1", cents, outcome)), at=AT)
    assert book() == 0
    assert Collection.objects.count() == 0


def test_the_work_waits_as_long_as_the_installation_says(borgo, monkeypatch):
    take_flow(raw=flow_xml((owed().iuv, "iur-1", 12_000, "8")), at=AT)
    patient = settings.ENVIRONMENT.model_copy(update={"receipt_wait_hours": 24 * 365 * 100})
    monkeypatch.setattr(settings, "ENVIRONMENT", patient)
    work()
    assert Collection.objects.count() == 0
    hasty = patient.model_copy(update={"receipt_wait_hours": 0})
    monkeypatch.setattr(settings, "ENVIRONMENT", hasty)
    work()
    assert Collection.objects.count() == 1
