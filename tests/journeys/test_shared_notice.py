"""A late TARI of two bodies with a marca da bollo, on the running product: the Node asks the amount of the day, pays
three transfers, reports ours alone; every cent of it is booked, given its owner, and reconciled.
"""

from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import schema_context

from billing.models import Collection, Position, Service
from billing.selectors.books import given_away_lines
from billing.selectors.ledger import ledger_problems, ledger_totals
from pagopa.models import FlowRow, Receipt, ReceiptAnomaly
from pagopa.services.reconciliation import take_flow
from paybox.embedded.processes import wait_until
from paybox.kernel.clock import now, today
from tests.build import make_position
from tests.conftest import use_database
from tests.stack import Stack, running_stack
from tests.template import BORGO, VALLE

pytestmark = pytest.mark.journey
TEFA = {
    "codice_fiscale": VALLE, "nome": "Provincia di Valle", "iban": "IT28W8000000292100645211151",
    "tassonomia": "9/0201102IM/", "sul_tributo": 500,
}  # fmt: skip
COSTS = {"tipo": "SPESE", "dal": "2020-01-01", "centesimi": 420}
STAMP = {"centesimi": 1_600, "impronta": "s" * 43 + "=", "provincia": "RM"}


@pytest.fixture
def stack(django_db_blocker: Any, django_db_setup: None) -> Iterator[Stack]:
    with running_stack() as running, django_db_blocker.unblock(), use_database(running.database):
        yield running


def test_a_late_notice_of_two_bodies_with_a_stamp(stack: Stack) -> None:
    for code in (BORGO, VALLE):
        stack.far.declare_station(fiscal_code=code, broker=BORGO, station=f"{BORGO}_01")
    with schema_context("borgo"):
        Service.objects.filter(code="TARI").update(shares=[TEFA], amount_rules=[COSTS])
        position = make_position(cents=12_100, rates=(), due_on=today() - timedelta(days=9))
        Position.objects.filter(pk=position.pk).update(details={"bolli": [STAMP]})
        notice = position.instalments.get().notice_number

    # 105,00 of TARI and TEFA, 4,20 of costs, 16,00 of stamp
    asked = stack.far.psp("verify", fiscal_code=BORGO, notice_number=notice)
    assert asked["outcome"] == "OK", asked
    stack.far.pay(fiscal_code=BORGO, notice_number=notice, paid_at=now())
    with schema_context("borgo"):
        assert wait_until(Receipt.objects.exists, seconds=60)
        assert Collection.objects.get().amount_cents == 12_520
        assert Receipt.objects.get().amount_cents == 10_400
        lines = given_away_lines(first=today(), last=today())
        assert [(x.body, x.amount_cents) for x in lines] == [
            (VALLE, 520),
            ("Marca da bollo", 1_600),
        ]
        assert ledger_totals().owed == 0
        assert not ReceiptAnomaly.objects.exists()

    flows = [f for f in stack.far.flows(today().isoformat()) if f["fiscal_code"] == BORGO]
    with schema_context("borgo"):
        for flow in flows:
            take_flow(raw=b64decode(flow["xml_base64"]), at=now())
        row = FlowRow.objects.get()
        assert (row.amount_cents, row.label) == (10_400, FlowRow.Label.RT_IUF)
        assert list(ledger_problems()) == []
    with schema_context("valle"):
        assert list(ledger_problems()) == []
