"""A button pressed twice, two officials at once, a file read by hand while it is being pulled: each thing happens once."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django_tenants.utils import schema_context

from billing.selectors.ledger import ledger_problems
from pagopa.labels import RepairKind
from pagopa.models import Flow, FlowRow, Receipt, ReceiptAnomaly, Repair, TreasuryCredit
from pagopa.services.anomalies import AnomalyRefused, settle_anomaly
from pagopa.services.receipts import take_receipt
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.services.repairs import Part, confirm_repair, propose_repair
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.actor import Actor
from paybox.kernel.models import AuditEntry
from tests.build import AT, make_position
from tests.pagopa.conftest import receipt_of
from tests.pagopa.test_receipts import THREADS, at_once
from tests.pagopa.test_reconciliation import flow_xml, paid
from tests.pagopa.treasury_files import Line, giornale
from tests.template import BORGO

FRANCO, ADA = Actor(7, "Franco Riva"), Actor(1, "Ada Bianchi")
WHY = "Confrontato con la banca"


def in_borgo(act: Callable[[], Any]) -> Callable[[], Any]:
    """The act inside Borgo, in whatever thread; a refusal is an answer too."""

    def run() -> Any:
        with schema_context("borgo"):
            try:
                return act()
            except (RepairRefused, AnomalyRefused) as refusal:
                return str(refusal)

    return run


def test_the_same_flow_read_by_eight_is_there_once(own_database: str) -> None:
    with schema_context("borgo"):
        raw = flow_xml(paid("r1", 5_000), paid("r2", 7_000))
    taken = at_once(in_borgo(lambda: take_flow(raw=raw, at=AT).new))
    assert Counter(taken) == {True: 1, False: THREADS - 1}
    with schema_context("borgo"):
        assert (Flow.objects.count(), FlowRow.objects.count()) == (1, 2)
        assert list(ledger_problems()) == []


def test_the_same_credits_read_by_eight_are_there_once(own_database: str) -> None:
    raw = giornale(Line("ESEGUITO", 1, 900), Line("ESEGUITO", 2, 500))
    taken = at_once(in_borgo(lambda: take_treasury(raw=raw, filename="g.xml", at=AT).new))
    assert Counter(taken) == {2: 1, 0: THREADS - 1}
    with schema_context("borgo"):
        assert TreasuryCredit.objects.count() == 2


def test_a_repair_asked_and_confirmed_twice_counts_once(own_database: str) -> None:
    with schema_context("borgo"):
        take_flow(raw=flow_xml(paid("r1", 12_000)), at=AT)
        take_treasury(raw=giornale(Line("ESEGUITO", 1, 12_000)), filename="g.xml", at=AT)
        credit, part = TreasuryCredit.objects.get(), Part(12_000, flow=Flow.objects.get())
    match = {"kind": RepairKind.MATCH, "parts": [part], "reason": WHY, "at": AT}
    asked = at_once(
        in_borgo(lambda: propose_repair(credit_id=credit.pk, actor=FRANCO, **match).kind)
    )
    told = Counter(asked)
    assert (told.pop("ABBINA"), len(told), sum(told.values())) == (1, 1, THREADS - 1)
    with schema_context("borgo"):
        repair = Repair.objects.get()
    done = at_once(in_borgo(lambda: confirm_repair(repair_id=repair.pk, actor=ADA, at=AT).state))
    told = Counter(done)
    assert told.pop("IN_VIGORE") == 1
    assert told == {"Questa correzione è già stata decisa": THREADS - 1}
    with schema_context("borgo"):
        credit.refresh_from_db()
        assert credit.label == "TES_A_MANO"
        words = AuditEntry.objects.filter(action__startswith="pagopa.repair")
        assert words.count() == 2
        assert list(ledger_problems()) == []


def test_an_oddity_settled_twice_is_settled_once(own_database: str) -> None:
    with schema_context("borgo"):
        rata = make_position(cents=5_000, rates=()).instalments.get(number=0)
        for name in ("r1", "r2"):
            receipt = receipt_of(rata, receipt_id=name)
            take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=AT)
        assert Receipt.objects.count() == 2
        odd = ReceiptAnomaly.objects.get(settled_at__isnull=True)
    told = Counter(
        at_once(
            in_borgo(
                lambda: settle_anomaly(anomaly_id=odd.pk, reason=WHY, actor=ADA, at=AT).settled_by
            )
        )
    )
    assert told == {"Ada Bianchi": 1, "Questa segnalazione è già stata chiusa": THREADS - 1}
