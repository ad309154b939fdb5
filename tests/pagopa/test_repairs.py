"""Chapter 8 – a person says what a credit is: audited, reversible, and by two when it changes what pays what."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Service, Transfer
from billing.selectors.books import books
from billing.selectors.ledger import ledger_problems
from billing.services.other_income import book_other_income
from pagopa.labels import RepairKind
from pagopa.models import Flow, Receipt, Repair, TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.services.repairs import (
    Part,
    confirm_repair,
    propose_repair,
    refuse_repair,
)
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.actor import Actor
from paybox.kernel.models import AuditEntry
from tests.build import AT
from tests.pagopa.test_reconciliation import IUF, flow_xml, paid
from tests.pagopa.treasury_files import Line, giornale

pytestmark = pytest.mark.django_db
FRANCO, ADA = Actor(7, "Franco Riva"), Actor(1, "Ada Bianchi")
WHY = "Causale illeggibile, confrontata con la banca"
URI = "/PUR/LGPE-RIVERSAMENTO/URI/"
OTHER_IUF = IUF[:-1] + "2"


def credit(document: int, cents: int, causale: str = "BONIFICO") -> TreasuryCredit:
    raw = giornale(Line("ESEGUITO", document, cents, causale))
    take_treasury(raw=raw, filename="g.xml", at=AT)
    return TreasuryCredit.objects.get(reference=f"2026/{document}")


def flow(identifier: str = IUF, cents: int = 12_000) -> Flow:
    take_flow(raw=flow_xml(paid(f"r-{identifier}", cents), identifier=identifier), at=AT)
    return Flow.objects.get(identifier=identifier)


def propose(
    credit: TreasuryCredit, kind: RepairKind, *parts: Part, reason: str = WHY,
    service: Service | None = None,
) -> Repair:  # fmt: skip
    return propose_repair(
        credit_id=credit.pk, kind=kind, parts=parts, reason=reason, service=service,
        actor=FRANCO, at=AT,
    )  # fmt: skip


def settle(credit: TreasuryCredit, kind: RepairKind, *parts: Part) -> str:
    """Proposed by Franco, confirmed by Ada: the label that comes of it."""
    confirm_repair(repair_id=propose(credit, kind, *parts).pk, actor=ADA, at=AT)
    return label(credit)


def label(credit: TreasuryCredit) -> str:
    credit.refresh_from_db()
    return str(credit.label)


class TestMatch:
    def test_two_persons_match_a_credit_and_two_loosen_it(self, borgo):
        paid_over, mute = flow(), credit(1, 12_000)
        repair = propose(mute, RepairKind.MATCH, Part(12_000, flow=paid_over))
        assert (repair.state, label(mute)) == ("PROPOSTA", "TES_NO_IUF_OR_IUV")
        with pytest.raises(RepairRefused, match="persona diversa"):
            confirm_repair(repair_id=repair.pk, actor=FRANCO, at=AT)
        confirm_repair(repair_id=repair.pk, actor=ADA, at=AT)
        assert label(mute) == "TES_A_MANO"
        late = credit(2, 12_000, f"{URI}{IUF}")
        assert late.label == "IUF_TES_DOPPIO"
        assert list(ledger_problems()) == []
        assert settle(mute, RepairKind.UNMATCH) == "TES_SCIOLTO"
        assert label(late) == "RT_IUF_TES"
        assert list(ledger_problems()) == []
        actions = AuditEntry.objects.filter(action__startswith="pagopa.repair").order_by("pk")
        assert [a.action.rpartition(".")[2] for a in actions] == ["proposed", "in_force"] * 2
        assert [a.actor_name for a in actions[:2]] == ["Franco Riva", "Ada Bianchi"]

    def test_an_automatic_match_is_loosened_and_comes_back(self, borgo):
        flow()
        found = credit(1, 12_000, f"{URI}{IUF}")
        assert found.label == "RT_IUF_TES"
        assert settle(found, RepairKind.UNMATCH) == "TES_SCIOLTO"
        assert found.flow is None
        assert settle(found, RepairKind.RESTORE) == "RT_IUF_TES"
        assert list(ledger_problems()) == []

    def test_a_credit_is_split_between_two_flows_and_a_receipt(self, borgo):
        first, second = flow(), flow(OTHER_IUF, 500)
        paid("solo", 300)
        receipt = Receipt.objects.get(receipt_id="solo")
        whole = credit(1, 12_800)
        parts = (Part(12_000, flow=first), Part(500, flow=second), Part(300, receipt=receipt))
        assert settle(whole, RepairKind.SPLIT, *parts) == "TES_A_MANO"
        assert list(ledger_problems()) == []

    def test_a_flow_paid_in_two_transfers_takes_no_cent_more(self, borgo):
        paid_over, first, second = flow(), credit(1, 7_000), credit(2, 6_000)
        assert settle(first, RepairKind.MATCH, Part(7_000, flow=paid_over)) == "TES_A_MANO"
        with pytest.raises(RepairRefused, match="restano da coprire 50,00"):
            propose(second, RepairKind.MATCH, Part(6_000, flow=paid_over))
        assert list(ledger_problems()) == []

    def test_room_is_asked_again_at_the_confirmation(self, borgo):
        paid_over, first, second = flow(), credit(1, 12_000), credit(2, 12_000)
        waiting = [
            propose(c, RepairKind.MATCH, Part(12_000, flow=paid_over)) for c in (first, second)
        ]
        confirm_repair(repair_id=waiting[0].pk, actor=ADA, at=AT)
        with pytest.raises(RepairRefused, match="restano da coprire 0,00"):
            confirm_repair(repair_id=waiting[1].pk, actor=ADA, at=AT)
        refuse_repair(repair_id=waiting[1].pk, actor=ADA, at=AT)
        assert label(second) == "TES_NO_IUF_OR_IUV"
        assert list(ledger_problems()) == []

    def test_what_the_treasurer_reverses_pays_nothing_any_more(self, borgo):
        paid_over, mute = flow(), credit(1, 12_000)
        settle(mute, RepairKind.MATCH, Part(12_000, flow=paid_over))
        raw = giornale(Line("STORNATO", 1, 12_000, number=2))
        take_treasury(raw=raw, filename="g.xml", at=AT)
        assert label(mute) == "TES_STORNATO"
        assert Repair.objects.get().state == "SUPERATA"
        assert list(ledger_problems()) == []


class TestOneHand:
    @pytest.mark.parametrize(
        ("kind", "becomes"),
        [
            (RepairKind.NOT_OURS, "TES_NON_NOSTRO"),
        ],
    )
    def test_marked_and_undone_by_one(self, borgo, kind, becomes):
        mute = credit(1, 900)
        assert propose(mute, kind).state == "IN_VIGORE"
        assert label(mute) == becomes
        assert list(ledger_problems()) == []
        propose(mute, RepairKind.RESTORE)
        assert label(mute) == "TES_NO_IUF_OR_IUV"
        assert Repair.objects.count() == 2
        assert list(ledger_problems()) == []


class TestOtherIncome:
    def test_two_persons_put_it_on_a_chapter_and_two_take_it_back(self, borgo):
        mute, service = credit(1, 900), Service.objects.get(code="TARI")
        with pytest.raises(RepairRefused, match="tipo di dovuto"):
            propose(mute, RepairKind.OTHER_INCOME)
        repair = propose(mute, RepairKind.OTHER_INCOME, service=service)
        assert (label(mute), Transfer.objects.filter(kind="ALTRA_ENTRATA").count()) == (
            "TES_NO_IUF_OR_IUV", 0,
        )  # fmt: skip
        confirm_repair(repair_id=repair.pk, actor=ADA, at=AT)
        assert label(mute) == "TES_ALTRA_ENTRATA"
        moved = Transfer.objects.get(kind="ALTRA_ENTRATA")
        assert (moved.amount_cents, moved.debit, moved.credit) == (
            900,
            "TESORERIA",
            "ALTRE_ENTRATE",
        )
        assert (moved.service, moved.cause) == (service, "provvisorio 2026/1")
        (line,) = books(first=AT.date(), last=AT.date())
        assert (line.chapter, line.channel, line.amount_cents) == (
            service.accounting_code, "TESORERIA", 900,
        )  # fmt: skip
        assert list(ledger_problems()) == []
        back = propose(mute, RepairKind.RESTORE)
        assert back.state == "PROPOSTA"
        confirm_repair(repair_id=back.pk, actor=ADA, at=AT)
        assert label(mute) == "TES_NO_IUF_OR_IUV"
        undone = Transfer.objects.get(kind="STORNO_ENTRATA")
        assert (undone.amount_cents, undone.debit, undone.credit) == (
            900,
            "ALTRE_ENTRATE",
            "TESORERIA",
        )
        assert [one.amount_cents for one in books(first=AT.date(), last=AT.date())] == [0]
        assert list(ledger_problems()) == []

    def test_what_the_treasurer_takes_back_leaves_the_books(self, borgo):
        mute, service = credit(1, 900), Service.objects.get(code="TARI")
        repair = propose(mute, RepairKind.OTHER_INCOME, service=service)
        confirm_repair(repair_id=repair.pk, actor=ADA, at=AT)
        raw = giornale(Line("STORNATO", 1, 400, number=2))
        take_treasury(raw=raw, filename="g.xml", at=AT)
        assert label(mute) == "TES_NO_IUF_OR_IUV"
        assert Transfer.objects.get(kind="STORNO_ENTRATA").amount_cents == 900
        assert list(ledger_problems()) == []

    def test_the_proof_sees_income_nobody_spoke_of(self, borgo):
        service = Service.objects.get(code="TARI")
        book_other_income(service=service, amount_cents=5, cause="nessuna", at=AT)
        assert [problem.check for problem in ledger_problems()] == ["other income"]


class TestRefused:
    @pytest.mark.parametrize(
        ("kind", "cents", "words"),
        [
            (RepairKind.MATCH, (), "almeno un flusso"),
            (RepairKind.MATCH, (1,), "Le parti fanno 0,01"),
            (RepairKind.SPLIT, (12_000,), "almeno due"),
            (RepairKind.SPLIT, (6_000, 6_000), "due volte"),
            (RepairKind.UNMATCH, (), "non è abbinato"),
            (RepairKind.RESTORE, (), "alcuna correzione"),
            (RepairKind.NOT_OURS, (1,), "Indicare"),
        ],
    )
    def test_what_does_not_fit_is_said(self, borgo, kind, cents, words):
        paid_over, mute = flow(), credit(1, 12_000)
        with pytest.raises(RepairRefused, match=words):
            propose(mute, kind, *(Part(c, flow=paid_over) for c in cents))
        assert Repair.objects.count() == 0

    def test_a_reason_and_one_proposal_at_a_time(self, borgo):
        paid_over, mute = flow(), credit(1, 12_000)
        with pytest.raises(RepairRefused, match="motivo"):
            propose(mute, RepairKind.NOT_OURS, reason=" x ")
        waiting = propose(mute, RepairKind.MATCH, Part(12_000, flow=paid_over))
        with pytest.raises(RepairRefused, match="in attesa"):
            propose(mute, RepairKind.NOT_OURS)
        refuse_repair(repair_id=waiting.pk, actor=FRANCO, at=AT)
        with pytest.raises(RepairRefused, match="già stata decisa"):
            confirm_repair(repair_id=waiting.pk, actor=ADA, at=AT)

    def test_what_is_explained_must_be_loosened_first(self, borgo):
        flow()
        with pytest.raises(RepairRefused, match="già spiegato"):
            propose(credit(1, 12_000, f"{URI}{IUF}"), RepairKind.NOT_OURS)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(list(RepairKind))), max_size=6))
def test_whatever_people_say_the_proof_holds(borgo, history):
    from django.db import transaction

    with transaction.atomic():
        paid_over, service = flow(), Service.objects.get(code="TARI")
        flow(OTHER_IUF, 400)
        credits = [
            credit(1, 12_000, f"{URI}{IUF}"), credit(2, 12_000), credit(3, 400, f"{URI}{IUF}"),
        ]  # fmt: skip
        for chosen, kind in history:
            parts = [Part(12_000, flow=paid_over)] if kind == RepairKind.MATCH else []
            try:
                with transaction.atomic():
                    told = service if kind == RepairKind.OTHER_INCOME else None
                    repair = propose(credits[chosen], kind, *parts, service=told)
                    if repair.state == Repair.State.PROPOSED:
                        confirm_repair(repair_id=repair.pk, actor=ADA, at=AT)
            except RepairRefused:
                continue
        assert list(ledger_problems()) == []
        transaction.set_rollback(True)
