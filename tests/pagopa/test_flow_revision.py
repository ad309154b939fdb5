"""Chapter 8 – a later revision of a flow is reconciled anew; what was booked on the word of the first has a queue."""

from datetime import timedelta

import pytest

from billing.models import Collection, Position, TimelineEntry
from billing.selectors.ledger import ledger_problems
from pagopa.models import Flow, FlowRow, ReceiptAnomaly, TreasuryCredit
from pagopa.rules.oddities import Oddity
from pagopa.selectors.queues import queues
from pagopa.services.anomalies import settle_anomaly
from pagopa.services.flow_collections import book_without_receipt
from pagopa.services.receipts import take_receipt
from pagopa.services.reconciliation import take_flow, take_treasury
from tests.build import AT, make_position
from tests.pagopa.conftest import receipt_of
from tests.pagopa.test_reconciliation import IUF, csv_of, flow_xml, labels, paid
from tests.template import BORGO

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=73)
SECOND, THIRD = "2026-03-04T20:00:00", "2026-03-05T20:00:00"
NEXT = "2026-03-04FINTOPSP01-0000000009"


def waited(iur, cents=12_000):
    """A notice that a flow reports and no receipt tells, as a line of it."""
    notice = make_position(cents=cents, rates=()).instalments.get(number=0)
    return notice, (notice.iuv, iur, cents, "9")


def open_ones():
    found = ReceiptAnomaly.objects.filter(oddity=Oddity.GONE_FROM_FLOW, settled_at__isnull=True)
    return list(found.order_by("pk"))


class TestBookedOnItsWord:
    def test_a_row_that_is_gone_waits_for_a_person(self, borgo, ada):
        (one, first), (_, second) = waited("iur-1"), waited("iur-2", 5_000)
        take_flow(raw=flow_xml(first, second), at=AT)
        assert book_without_receipt(before=LATER, at=LATER) == 2
        taken = take_flow(raw=flow_xml(second, at=SECOND), at=LATER)
        assert (taken.new, taken.rows, taken.amount_cents) == (True, 1, 5_000)
        (odd,) = open_ones()
        booked = Collection.objects.get(reference="iur-1")
        assert odd.details["collections"] == [booked.pk]
        assert f"IUV {one.iuv}: registrati 120,00 €, ora riportati 0,00 €" in odd.details["why"]
        told = TimelineEntry.objects.get(kind="NOTA", reference=IUF)
        assert told.position_id == one.position_id
        # The ledger is left as it is: a person decides.
        assert Position.objects.get(pk=one.position_id).state == "PAGATA"
        assert list(ledger_problems()) == []
        settle_anomaly(anomaly_id=odd.pk, reason="La banca ha corretto", actor=ada, at=LATER)
        assert open_ones() == []

    def test_another_amount_too(self, borgo):
        _, (iuv, iur, cents, outcome) = waited("iur-1")
        take_flow(raw=flow_xml((iuv, iur, cents, outcome)), at=AT)
        book_without_receipt(before=LATER, at=LATER)
        take_flow(raw=flow_xml((iuv, iur, 11_000, outcome), at=SECOND), at=LATER)
        assert "registrati 120,00 €, ora riportati 110,00 €" in open_ones()[0].details["why"]
        assert list(ledger_problems()) == []

    def test_a_revocation_is_no_report(self, borgo):
        _, (iuv, iur, cents, _) = waited("iur-1")
        take_flow(raw=flow_xml((iuv, iur, cents, "9")), at=AT)
        book_without_receipt(before=LATER, at=LATER)
        take_flow(raw=flow_xml((iuv, iur, cents, "3"), at=SECOND), at=LATER)
        assert len(open_ones()) == 1
        assert labels(FlowRow) == ["STORNO"]
        assert list(ledger_problems()) == []

    def test_what_is_still_reported_has_nothing_to_say(self, borgo):
        (_, first), (_, second) = waited("iur-1"), waited("iur-2")
        take_flow(raw=flow_xml(first, second), at=AT)
        book_without_receipt(before=LATER, at=LATER)
        # One is in the later revision, the other has gone into the next flow, which came before it.
        take_flow(raw=flow_xml(second, identifier=NEXT), at=LATER)
        take_flow(raw=flow_xml(first, at=SECOND), at=LATER)
        assert ReceiptAnomaly.objects.filter(oddity=Oddity.GONE_FROM_FLOW).count() == 0
        assert list(ledger_problems()) == []

    def test_a_receipt_that_came_in_the_meantime_is_enough(self, borgo):
        (notice, first), (_, second) = waited("iur-1"), waited("iur-2")
        take_flow(raw=flow_xml(first, second), at=AT)
        book_without_receipt(before=LATER, at=LATER)
        receipt = receipt_of(notice, receipt_id="iur-1")
        take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=LATER)
        take_flow(raw=flow_xml(second, at=SECOND), at=LATER)
        assert open_ones() == []
        assert list(ledger_problems()) == []

    def test_each_revision_is_said_once(self, borgo):
        (_, first), (_, second) = waited("iur-1"), waited("iur-2")
        take_flow(raw=flow_xml(first, second), at=AT)
        book_without_receipt(before=LATER, at=LATER)
        take_flow(raw=flow_xml(second, at=SECOND), at=LATER)
        take_flow(raw=flow_xml(second, at=SECOND), at=LATER)
        take_flow(raw=flow_xml(second, at=THIRD), at=LATER)
        assert len(open_ones()) == 1
        assert list(ledger_problems()) == []


class TestReconciledAnew:
    def test_the_rows_the_credit_and_the_queues_follow_the_revision(self, borgo):
        first, second = paid("r1"), paid("r2", 5_000)
        take_flow(raw=flow_xml(first, second), at=AT)
        raw = csv_of(("17", f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}", "120,00"))
        take_treasury(raw=raw, filename="p.csv", at=AT)
        credit = TreasuryCredit.objects.get()
        assert credit.label == "IUF_TES_DIV_IMP"
        take_flow(raw=flow_xml(first, at=SECOND), at=AT)
        credit.refresh_from_db()
        assert (credit.label, Flow.objects.get().total_cents) == ("RT_IUF_TES", 12_000)
        late = {q.code: q.cents for q in queues(on=(AT + timedelta(days=30)).date())}
        assert late == {"RT_NO_IUF": 5_000}
        take_flow(raw=flow_xml(first, second, at=THIRD), at=AT)
        credit.refresh_from_db()
        assert credit.label == "IUF_TES_DIV_IMP"
        assert labels(FlowRow) == ["RT_IUF", "RT_IUF"]
        assert TimelineEntry.objects.filter(kind="RICONCILIATA").count() == 2
        assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    ("code", "alone", "equal", "differs"),
    [
        ("0", "IUV_NO_RT", "RT_IUF", "RT_IUF_DIV_IMP"),
        ("3", "STORNO", "STORNO", "STORNO"),
        ("4", "IUV_NO_RT", "RT_IUF", "RT_IUF_DIV_IMP"),
        ("8", "IUV_NO_RT", "RT_IUF", "RT_IUF_DIV_IMP"),
        ("9", "IUV_NO_RT", "RT_IUF", "RT_IUF_DIV_IMP"),
    ],
)  # fmt: skip
def test_every_code_without_a_receipt_with_an_equal_one_and_with_another(
    borgo, code, alone, equal, differs
):
    same, other = paid("r1", 900), paid("r2", 900)
    lines = [("010000000000099999", "mai", 900), (same[0], "r1", 900), (other[0], "r2", 800)]
    take_flow(raw=flow_xml(*((iuv, iur, cents, code) for iuv, iur, cents in lines)), at=AT)
    assert labels(FlowRow) == [alone, equal, differs]
    assert FlowRow.objects.filter(outcome=int(code)).count() == 3
    assert list(ledger_problems()) == []
