"""Chapter 8 – a person says what a row of a flow is; late receipts and new revisions are stronger than old words."""

import pytest

from billing.models import Service, Transfer
from billing.selectors.ledger import ledger_problems
from pagopa.labels import RepairKind
from pagopa.models import FlowRow, Receipt, RowRepair
from pagopa.selectors.queues import members, queues
from pagopa.services.reconciliation import take_flow
from pagopa.services.row_repairs import confirm_row_repair, propose_row_repair, refuse_row_repair
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.actor import Actor
from paybox.kernel.models import AuditEntry
from tests.build import AT
from tests.pagopa.test_reconciliation import IUF, flow_xml, paid

pytestmark = pytest.mark.django_db
FRANCO, ADA = Actor(7, "Franco Riva"), Actor(1, "Ada Bianchi")
WHY = "Confermato dal PSP per iscritto"
SECOND = IUF[:-1] + "2"
STRAY = ("01000000000009999", "smarrito", 12_000, "9")


def only(identifier: str = IUF) -> FlowRow:
    return FlowRow.objects.get(flow__identifier=identifier)


def propose(
    row: FlowRow, kind: RepairKind, receipt: Receipt | None = None, service: Service | None = None
) -> RowRepair:
    return propose_row_repair(
        row_id=row.pk,
        kind=kind,
        receipt=receipt,
        service=service,
        reason=WHY,
        actor=FRANCO,
        at=AT,
    )


def settle(row: FlowRow, kind: RepairKind, receipt: Receipt | None = None) -> str:
    repair = propose(row, kind, receipt)
    if repair.state == RowRepair.State.PROPOSED:
        confirm_row_repair(repair_id=repair.pk, actor=ADA, at=AT)
    return label(row)


def label(row: FlowRow) -> str:
    row.refresh_from_db()
    return str(row.label)


class TestMatch:
    def test_two_persons_match_a_row_and_two_loosen_it(self, borgo):
        paid("vera", 12_000)
        receipt = Receipt.objects.get()
        take_flow(raw=flow_xml(STRAY), at=AT)
        row = only()
        repair = propose(row, RepairKind.MATCH, receipt)
        assert (repair.state, label(row)) == ("PROPOSTA", "IUV_NO_RT")
        with pytest.raises(RepairRefused, match="persona diversa"):
            confirm_row_repair(repair_id=repair.pk, actor=FRANCO, at=AT)
        confirm_row_repair(repair_id=repair.pk, actor=ADA, at=AT)
        assert (label(row), row.receipt_id) == ("RT_IUF_A_MANO", receipt.pk)
        assert settle(row, RepairKind.UNMATCH) == "IUV_SCIOLTO"
        assert row.receipt_id is None
        assert settle(row, RepairKind.RESTORE) == "IUV_NO_RT"
        actions = AuditEntry.objects.filter(action__startswith="pagopa.row_repair")
        assert actions.count() == 6
        assert list(ledger_problems()) == []

    def test_a_rows_own_receipt_is_loosened_and_comes_back(self, borgo):
        take_flow(raw=flow_xml(paid()), at=AT)
        assert settle(only(), RepairKind.UNMATCH) == "IUV_SCIOLTO"
        assert settle(only(), RepairKind.RESTORE) == "RT_IUF"
        assert list(ledger_problems()) == []

    def test_a_receipt_is_paid_over_once(self, borgo):
        take_flow(raw=flow_xml(paid("vera", 12_000)), at=AT)
        take_flow(raw=flow_xml(STRAY, identifier=SECOND), at=AT)
        with pytest.raises(RepairRefused, match="restano da riversare 0,00"):
            propose(only(SECOND), RepairKind.MATCH, Receipt.objects.get())
        assert list(ledger_problems()) == []


class TestOneHand:
    def test_not_ours_and_back(self, borgo):
        take_flow(raw=flow_xml(STRAY), at=AT)
        row = only()
        assert propose(row, RepairKind.NOT_OURS).state == "IN_VIGORE"
        assert label(row) == "IUV_NON_NOSTRO"
        assert "IUV_NON_NOSTRO" not in {q.code for q in queues(on=AT.date())}
        propose(row, RepairKind.RESTORE)
        assert label(row) == "IUV_NO_RT"
        assert list(ledger_problems()) == []


class TestRefused:
    def test_what_does_not_fit_is_said(self, borgo):
        line = paid()
        take_flow(raw=flow_xml(line, STRAY), at=AT)
        matched, stray = FlowRow.objects.order_by("index")
        receipt = Receipt.objects.get()
        for row, kind, given_receipt, words in (
            (stray, RepairKind.MATCH, None, "Indicare la ricevuta"),
            (stray, RepairKind.SPLIT, receipt, "Indicare la ricevuta"),
            (stray, RepairKind.UNMATCH, None, "non è abbinata"),
            (stray, RepairKind.RESTORE, None, "alcuna correzione"),
            (matched, RepairKind.NOT_OURS, None, "ha la sua ricevuta"),
            (matched, RepairKind.MATCH, receipt, "già abbinata"),
        ):
            with pytest.raises(RepairRefused, match=words):
                propose(row, kind, given_receipt)
        assert RowRepair.objects.count() == 0

    def test_one_proposal_at_a_time_and_a_refusal_changes_nothing(self, borgo):
        take_flow(raw=flow_xml(paid()), at=AT)
        waiting = propose(only(), RepairKind.UNMATCH)
        with pytest.raises(RepairRefused, match="in attesa"):
            propose(only(), RepairKind.UNMATCH)
        refuse_row_repair(repair_id=waiting.pk, actor=ADA, at=AT)
        assert label(only()) == "RT_IUF"
        with pytest.raises(RepairRefused, match="già stata decisa"):
            confirm_row_repair(repair_id=waiting.pk, actor=ADA, at=AT)

    def test_what_is_not_paid_over_is_not_matched(self, borgo):
        paid("vera", 12_000)
        take_flow(raw=flow_xml((*STRAY[:3], "3"), identifier=SECOND), at=AT)
        with pytest.raises(RepairRefused, match="riversato"):
            propose(only(SECOND), RepairKind.MATCH, Receipt.objects.get())


class TestWhatComesLater:
    def test_a_word_lives_through_a_revision_that_keeps_the_row_and_falls_with_it(self, borgo):
        take_flow(raw=flow_xml(STRAY), at=AT)
        propose(only(), RepairKind.NOT_OURS)
        again = flow_xml(STRAY, ("01000000000009998", "x", 5, "9"), at="2026-03-04T20:00:00")
        take_flow(raw=again, at=AT)
        assert [r.label for r in FlowRow.objects.order_by("index")] == [
            "IUV_NON_NOSTRO",
            "IUV_NO_RT",
        ]
        gone = flow_xml(("01000000000009998", "x", 5, "9"), at="2026-03-05T20:00:00")
        take_flow(raw=gone, at=AT)
        assert RowRepair.objects.get().state == "SUPERATA"
        assert AuditEntry.objects.filter(action="pagopa.row_repair.dropped").count() == 1
        assert list(ledger_problems()) == []

    def test_a_late_receipt_is_stronger_than_what_was_said_for_want_of_it(self, borgo):
        line = paid("tardiva")
        row_only = (line[0], "tardiva", line[2], "9")
        receipt = Receipt.objects.get()
        take_flow(raw=flow_xml(row_only), at=AT)
        FlowRow.objects.update(receipt_id=None, label="IUV_NO_RT")
        propose(only(), RepairKind.NOT_OURS)
        from pagopa.services.flow_matching import match_waiting_rows

        match_waiting_rows(receipt=receipt)
        assert (label(only()), RowRepair.objects.get().state) == ("RT_IUF", "SUPERATA")
        assert list(ledger_problems()) == []

    def test_the_second_flow_that_reports_a_receipt_is_a_double_until_the_first_lets_go(
        self, borgo
    ):
        line, other = paid("una"), paid("altra", 500)
        take_flow(raw=flow_xml(line), at=AT)
        take_flow(raw=flow_xml(line, identifier=SECOND), at=AT)
        assert (only().label, only(SECOND).label) == ("RT_IUF", "IUF_DOPPIO")
        assert list(members("IUF_DOPPIO", on=AT.date())) == [only(SECOND)]  # type: ignore[arg-type]
        take_flow(raw=flow_xml(other, at="2026-03-05T20:00:00"), at=AT)
        assert (only().label, only(SECOND).label) == ("RT_IUF", "RT_IUF")
        take_flow(raw=flow_xml(line, at="2026-03-06T20:00:00"), at=AT)
        assert (only().label, only(SECOND).label) == ("RT_IUF", "IUF_DOPPIO")
        assert list(ledger_problems()) == []


class TestOtherIncome:
    def test_two_persons_put_a_row_on_a_chapter_and_two_take_it_back(self, borgo):
        service = Service.objects.get(code="TARI")
        line = paid("tardiva")
        receipt = Receipt.objects.get()
        stray = ("01000000000009999", "smarrito", 700, "9")
        take_flow(raw=flow_xml(line, stray), at=AT)
        with pytest.raises(RepairRefused, match="tipo di dovuto"):
            propose(FlowRow.objects.get(iur="smarrito"), RepairKind.OTHER_INCOME)
        with pytest.raises(RepairRefused, match="ha la sua ricevuta"):
            propose(FlowRow.objects.get(iur="tardiva"), RepairKind.OTHER_INCOME, service=service)
        row = FlowRow.objects.get(iur="smarrito")
        repair = propose(row, RepairKind.OTHER_INCOME, service=service)
        assert (repair.state, Transfer.objects.filter(kind="ALTRA_ENTRATA").count()) == (
            "PROPOSTA",
            0,
        )
        confirm_row_repair(repair_id=repair.pk, actor=ADA, at=AT)
        assert label(row) == "IUV_ALTRA_ENTRATA"
        moved = Transfer.objects.get(kind="ALTRA_ENTRATA")
        assert (moved.amount_cents, moved.service, moved.debit) == (700, service, "TESORERIA")
        assert list(ledger_problems()) == []
        assert settle(row, RepairKind.RESTORE) == "IUV_NO_RT"
        assert Transfer.objects.get(kind="STORNO_ENTRATA").amount_cents == 700
        assert receipt.collection.amount_cents == line[2]
        assert list(ledger_problems()) == []
