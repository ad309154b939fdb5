"""Chapter 8 – what a flow reports and no receipt tells is booked once, after a wait; a late receipt finds it booked."""

from datetime import date, timedelta

import pytest
from django.conf import settings

from billing.models import Collection, Position, Service, TimelineEntry, Transfer
from billing.selectors.ledger import ledger_problems
from pagopa.models import FlowRow, Receipt
from pagopa.selectors.anomalies import open_anomalies_queue
from pagopa.selectors.queues import queues
from pagopa.services.anomalies import settle_anomaly
from pagopa.services.flow_collections import book_without_receipt
from pagopa.services.receipts import take_receipt
from pagopa.services.reconciliation import take_flow
from pagopa.tasks import book_without_receipt as work
from paybox.kernel.models import AuditEntry
from tests.build import AT, make_position
from tests.pagopa.conftest import receipt_of
from tests.pagopa.test_reconciliation import flow_xml, labels
from tests.pagopa_wire import examples
from tests.template import BORGO, VALLE

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


@pytest.fixture
def late_credit(borgo):
    """120 euro due a hundred days ago: with 3.65 % of interest and 7.80 of costs 129.00 are asked."""
    rules = [
        {"tipo": "INTERESSI", "dal": "2025-01-01", "tasso": 365},
        {"tipo": "SPESE", "dal": "2025-01-01", "giorni": 60, "centesimi": 780},
    ]
    Service.objects.filter(code="TARI").update(amount_rules=rules)
    position = make_position(cents=12_000, rates=(), due_on=date(2025, 11, 22))
    return position.instalments.get(number=0)


@pytest.mark.parametrize(("cents", "interest"), [(12_900, 120), (12_899, 119)])
def test_the_amount_of_the_day_is_booked_with_its_lines(late_credit, cents, interest):
    """Paid on 2 March 2026, asked that day or a little before midnight."""
    take_flow(raw=flow_xml((late_credit.iuv, "iur-1", cents, "9")), at=AT)
    assert book() == 1
    moves = Transfer.objects.order_by("pk").values_list("kind", "amount_cents")
    assert list(moves) == [
        ("APERTURA", 12_000), ("INTERESSI", interest), ("SPESE", 780), ("INCASSO", cents),
    ]  # fmt: skip
    assert labels(FlowRow) == ["IUV_INCASSATO"]
    assert [q.code for q in queues(on=AT.date())] == []
    position = Position.objects.get()
    assert (position.state, position.residual_cents) == ("PAGATA", 0)
    assert list(ledger_problems()) == []


def test_an_amount_of_no_day_waits_for_a_person(late_credit):
    take_flow(raw=flow_xml((late_credit.iuv, "iur-1", 12_901, "9")), at=AT)
    assert book() == 0
    assert [q.code for q in queues(on=AT.date())] == ["IUV_NO_RT"]
    assert Transfer.objects.count() == 1


def test_our_share_proves_the_whole_payment_and_the_receipt_does_not_divide_it_again(borgo):
    tefa = {"codice_fiscale": VALLE, "nome": "Provincia di Valle", "sul_tributo": 500}
    Service.objects.filter(code="TARI").update(shares=[tefa])
    notice = owed(10_500)
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 10_000, "8")), at=AT)
    assert book() == 1
    made = Collection.objects.get()
    assert (made.amount_cents, made.allotted_cents) == (10_500, 10_500)
    given = Transfer.objects.filter(kind="QUOTA").values_list("cause", "amount_cents")
    assert list(given) == [(VALLE, 500)]
    assert labels(FlowRow) == ["IUV_INCASSATO"]
    parts = (
        examples.receipt_transfer(amount_cents=10_000, fiscal_code=BORGO),
        examples.receipt_transfer(id_transfer=2, amount_cents=500, fiscal_code=VALLE),
    )
    receipt = receipt_of(notice, receipt_id="iur-1", transfers=parts)
    assert take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=LATER).new
    assert list(given) == [(VALLE, 500)]
    assert labels(FlowRow) == ["RT_IUF"]
    assert list(ledger_problems()) == []


def test_a_whole_notice_is_not_what_comes_of_a_divided_one(borgo):
    tefa = {"codice_fiscale": VALLE, "nome": "Provincia di Valle", "sul_tributo": 500}
    Service.objects.filter(code="TARI").update(shares=[tefa])
    notice = owed(10_500)
    take_flow(raw=flow_xml((notice.iuv, "iur-1", 10_500, "8")), at=AT)
    assert book() == 0
    assert labels(FlowRow) == ["IUV_NO_RT"]


def test_a_revision_that_keeps_the_row_leaves_it_at_rest_and_one_that_changes_it_does_not(borgo):
    notice = owed()
    line = (notice.iuv, "iur-1", 12_000, "9")
    take_flow(raw=flow_xml(line), at=AT)
    book()
    take_flow(raw=flow_xml(line, at="2026-03-04T20:00:00"), at=LATER)
    assert labels(FlowRow) == ["IUV_INCASSATO"]
    changed = (*line[:2], 11_000, "9")
    take_flow(raw=flow_xml(changed, at="2026-03-05T20:00:00"), at=LATER)
    assert labels(FlowRow) == ["IUV_NO_RT"]
    assert [odd.oddity for odd in open_anomalies_queue()] == ["SPARITA_DAL_FLUSSO"]
    assert list(ledger_problems()) == []


def test_the_same_payment_in_a_second_flow_waits_for_a_person(borgo):
    line = (owed().iuv, "iur-1", 12_000, "9")
    take_flow(raw=flow_xml(line), at=AT)
    book()
    take_flow(raw=flow_xml(line, identifier="2026-03-03FINTOPSP01-0000000002"), at=LATER)
    assert sorted(labels(FlowRow)) == ["IUV_INCASSATO", "IUV_NO_RT"]
    assert book(before=LATER + timedelta(days=9)) == 0
    assert Collection.objects.count() == 1
