"""One payment of several bodies: booked whole for the payer, body by body in the books; flows bring our part only."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from billing.models import Collection, Service
from billing.selectors.books import given_away_lines
from billing.selectors.ledger import ledger_problems, ledger_totals
from pagopa.models import Receipt, ReceiptAnomaly
from tests.build import make_position
from tests.pagopa.conftest import Node, receipt_of
from tests.pagopa_wire import examples
from tests.template import BORGO, VALLE

pytestmark = pytest.mark.django_db
TEFA = {"codice_fiscale": VALLE, "nome": "Provincia di Valle", "sul_tributo": 500}


@pytest.fixture
def position(borgo) -> Any:
    Service.objects.filter(code="TARI").update(shares=[TEFA])
    return make_position(cents=12_100, rates=())


def whole(position: Any, name: str = "r1") -> Any:
    """10.000 to Borgo, 500 to Valle, a stamp of 1.600."""
    notice = position.instalments.get()
    parts = (
        examples.receipt_transfer(amount_cents=10_000, fiscal_code=BORGO),
        examples.receipt_transfer(id_transfer=2, amount_cents=500, fiscal_code=VALLE),
        examples.receipt_transfer(
            id_transfer=3, amount_cents=1_600, fiscal_code=BORGO, iban="", stamp=b"<marca/>"
        ),
    )
    return replace(receipt_of(notice), receipt_id=name, transfers=parts)


def test_each_body_has_its_own_and_the_payer_owes_nothing(position, node: Node):
    for _ in range(2):
        assert node.send_rt(whole(position)).ok
    collection = Collection.objects.get()
    assert collection.amount_cents == 12_100
    told = collection.transfers.order_by("pk").values_list("kind", "cause", "amount_cents")
    assert list(told) == [
        ("INCASSO", "r1", 12_100), ("QUOTA", VALLE, 500), ("BOLLO", "Marca da bollo", 1_600),
    ]  # fmt: skip
    position.refresh_from_db()
    assert (position.state, ledger_totals().owed) == ("PAGATA", 0)
    assert Receipt.objects.get().amount_cents == 10_000
    assert not ReceiptAnomaly.objects.exclude(oddity="TARDIVA").exists()
    assert list(ledger_problems()) == []


def test_the_books_say_whose_it_was(position, node: Node):
    assert node.send_rt(whole(position)).ok
    day = Collection.objects.get().booked_on
    lines = given_away_lines(first=day, last=day)
    assert [(x.body, x.name, x.payments, x.amount_cents) for x in lines] == [
        (VALLE, "Provincia di Valle", 1, 500), ("Marca da bollo", "", 1, 1_600),
    ]  # fmt: skip
    assert given_away_lines(first=day, last=day, scope=["DIRITTI"]) == []
    assert given_away_lines(first=date(2020, 1, 1), last=date(2020, 1, 2)) == []


def test_a_second_payment_gives_the_others_theirs_again(position, node: Node):
    assert node.send_rt(whole(position)).ok
    assert node.send_rt(whole(position, "r2")).ok
    assert ledger_totals().excess == 12_100
    day = Collection.objects.first().booked_on
    assert [x.payments for x in given_away_lines(first=day, last=day)] == [2, 2]
    assert list(ledger_problems()) == []
