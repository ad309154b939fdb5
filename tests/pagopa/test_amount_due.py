"""The amount of the day: verify and activation say it and change nothing; a receipt of it is booked to the cent, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from billing.models import Position, Service, Transfer
from billing.selectors.ledger import ledger_problems, ledger_totals
from pagopa.models import ReceiptAnomaly
from paybox.kernel.clock import move_clock_to
from tests.build import make_position
from tests.pagopa.conftest import Node, receipt_of
from tests.pagopa_wire import examples

LATE = datetime(2026, 9, 24, 9, 30, tzinfo=UTC)  # a hundred days after 16 June
INTEREST = {"tipo": "INTERESSI", "dal": "2026-01-01", "tasso": 365}
COSTS = {"tipo": "SPESE", "dal": "2026-01-01", "giorni": 60, "centesimi": 780}
FINE = {"tipo": "RIDUZIONE", "dal": "2026-01-01", "giorni": 5, "percento": 3_000}


@pytest.fixture
def credit(borgo) -> Any:
    Service.objects.filter(code="TARI").update(amount_rules=[INTEREST, COSTS])
    return make_position()


def receipt(instalment: Any, cents: int, *, at: datetime = LATE, name: str = "r1") -> Any:
    share = examples.receipt_transfer(amount_cents=cents)
    return receipt_of(
        instalment, receipt_id=name, amount_cents=cents, transfers=(share,), paid_at=at
    )


def moves(position: Position) -> list[tuple[str, int]]:
    return list(position.transfers.order_by("pk").values_list("kind", "amount_cents"))


def test_verify_and_activation_say_the_amount_of_the_day(credit, node: Node):
    whole = credit.instalments.get(number=0).notice_number
    for day, cents in ((date(2026, 6, 16), 12_000), (date(2026, 6, 17), 12_001), (LATE.date(), 12_900)):  # fmt: skip
        move_clock_to(day)
        assert node.verify(whole).offer.amount_cents == cents
        paid = node.get_payment(whole, amount_cents=12_000).payment
        assert [paid.amount_cents, *(t.amount_cents for t in paid.transfers)] == [cents, cents]
    after = Position.objects.get(pk=credit.pk)
    assert (after.residual_cents, after.accrued_cents) == (12_000, 0)
    assert moves(credit) == [("APERTURA", 12_000)]


def test_it_is_booked_once_with_a_transfer_for_each_reason(credit, node: Node):
    whole = credit.instalments.get(number=0)
    for _ in range(3):
        assert node.send_rt(receipt(whole, 12_900)).ok
    assert moves(credit) == [
        ("APERTURA", 12_000), ("INTERESSI", 120), ("SPESE", 780), ("INCASSO", 12_900),
    ]  # fmt: skip
    after = Position.objects.get(pk=credit.pk)
    assert (after.state, after.residual_cents, after.accrued_cents) == ("PAGATA", 0, 900)
    totals = ledger_totals()
    assert (totals.opened, totals.allotted, totals.excess, totals.owed) == (12_900, 12_900, 0, 0)
    assert not ReceiptAnomaly.objects.exclude(oddity="TARDIVA").exists()
    note = credit.timeline.get(kind="NOTA").reference
    assert note == "Importo al giorno del pagamento: interessi 1,20 €, spese 7,80 €"
    assert list(ledger_problems()) == []


def test_each_rata_bears_its_interest_and_one_the_costs(credit, node: Node):
    first, second = credit.instalments.filter(number__gt=0).order_by("number")
    move_clock_to(LATE.date())
    assert node.verify(first.notice_number).offer.amount_cents == 6_840
    assert node.send_rt(receipt(first, 6_840)).ok
    assert node.verify(second.notice_number).offer.amount_cents == 6_060
    half = Position.objects.get(pk=credit.pk)
    assert (half.state, half.residual_cents) == ("PARZIALE", 6_000)
    assert node.send_rt(receipt(second, 6_060, name="r2")).ok
    assert Position.objects.get(pk=credit.pk).state == "PAGATA"
    assert list(ledger_problems()) == []


def test_who_asked_before_midnight_and_paid_after_it(credit, node: Node):
    whole = credit.instalments.get(number=0)
    yesterday = receipt(
        whole, 12_001, at=datetime(2026, 6, 17, 22, 10, tzinfo=UTC)
    )  # 0.10 of the 18th
    assert node.send_rt(yesterday).ok
    assert moves(credit)[1:] == [("INTERESSI", 1), ("INCASSO", 12_001)]


@pytest.mark.parametrize(
    ("cents", "oddity", "left", "excess"),
    [(12_950, "IMPORTO_SUPERIORE", 0, 950), (11_000, "IMPORTO_INFERIORE", 1_000, 0)],
)
def test_what_was_never_due_is_an_oddity(credit, node: Node, cents, oddity, left, excess):
    assert node.send_rt(receipt(credit.instalments.get(number=0), cents)).ok
    assert not Transfer.objects.filter(kind__in=["INTERESSI", "SPESE"]).exists()
    assert ReceiptAnomaly.objects.filter(oddity=oddity).count() == 1
    assert Position.objects.get(pk=credit.pk).residual_cents == left
    assert ledger_totals().excess == excess
    assert list(ledger_problems()) == []


def test_a_second_payment_of_the_amount_of_the_day_accrues_nothing(credit, node: Node):
    whole = credit.instalments.get(number=0)
    assert node.send_rt(receipt(whole, 12_900)).ok
    assert node.send_rt(receipt(whole, 12_900, name="r2")).ok
    assert Transfer.objects.filter(kind="INTERESSI").count() == 1
    assert ledger_totals().excess == 12_900
    assert ReceiptAnomaly.objects.filter(oddity="SECONDO_PAGAMENTO").count() == 1
    assert list(ledger_problems()) == []


def test_the_printed_amount_stays_good_for_who_pays_it_offline(credit, node: Node):
    """In stand-in the Node asks what it was told when the notice was published."""
    assert node.send_rt(receipt(credit.instalments.get(number=0), 12_000)).ok
    assert moves(credit)[1:] == [("INCASSO", 12_000)]
    assert Position.objects.get(pk=credit.pk).state == "PAGATA"


def test_a_fine_paid_at_once(borgo, node: Node):
    Service.objects.filter(code="TARI").update(amount_rules=[FINE])
    opened = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    fine = make_position(cents=10_001, rates=(), at=opened)
    notice = fine.instalments.get()
    move_clock_to(date(2026, 3, 8))
    assert node.verify(notice.notice_number).offer.amount_cents == 10_001
    move_clock_to(date(2026, 3, 7))
    assert node.verify(notice.notice_number).offer.amount_cents == 7_001
    assert node.send_rt(receipt(notice, 7_001, at=opened + timedelta(days=5))).ok
    assert moves(fine) == [("APERTURA", 10_001), ("ABBUONO", 3_000), ("INCASSO", 7_001)]
    assert Position.objects.get(pk=fine.pk).state == "PAGATA"
    totals = ledger_totals()
    assert (totals.withdrawn, totals.owed) == (3_000, 0)
    assert not ReceiptAnomaly.objects.exclude(oddity="TARDIVA").exists()
    assert list(ledger_problems()) == []


def test_the_same_receipts_at_once_accrue_once(own_database, official):
    """Eight deliveries of two receipts, four at a time: the amount of the day is accrued for one of them."""
    with schema_context("borgo"):
        Service.objects.filter(code="TARI").update(amount_rules=[INTEREST, COSTS])
        position = make_position()
        whole = position.instalments.get(number=0)
    sent = [receipt(whole, 12_900, name=name) for name in ("r1", "r2")] * 4

    def deliver(one: Any) -> bool:
        try:
            return bool(Node(official).send_rt(one).ok)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clients:
        assert all(clients.map(deliver, sent))
    with schema_context("borgo"):
        kinds = Transfer.objects.filter(position=position).values_list("kind", "amount_cents")
        assert sorted(kinds) == [
            ("APERTURA", 12_000), ("ECCEDENZA", 12_900), ("INCASSO", 12_900), ("INTERESSI", 120), ("SPESE", 780),
        ]  # fmt: skip
        assert list(ledger_problems()) == []
