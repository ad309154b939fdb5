"""A day of payments with every oddity, on the running product: what the Node says was paid is what the ledger has,
and every euro that the treasurer credits is explained or waits in a queue with a name.
"""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django_tenants.utils import schema_context

from billing.models import Collection
from billing.selectors.ledger import ledger_problems, ledger_totals
from pagopa.models import FlowRow, Receipt, TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.simulator.day import ODDITIES, PSPS, Till, plan_day
from paybox.demo.enti import BORGO_CF
from paybox.kernel.clock import now
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack, running_stack

pytestmark = pytest.mark.journey

DAY = date(2026, 3, 2)
NOTICES, SEED = 240, 3


@pytest.fixture(scope="module")
def stack(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stack]:
    with (
        running_stack() as running,
        django_db_blocker.unblock(),
        use_database(running.database),
    ):
        yield running


def play(stack: Stack, capsys: pytest.CaptureFixture[str]) -> Any:
    url = f"http://127.0.0.1:{stack.ports.simulator}"
    options = ["--scenario", "day", "--ente", "borgo", "--notices", str(NOTICES), "--json"]
    capsys.readouterr()
    call_command("node", *options, "--seed", str(SEED), "--on", DAY.isoformat(), "--url", url)
    return json.loads(capsys.readouterr().out)


def collected() -> int:
    found: int = Collection.objects.aggregate(sum=Sum("amount_cents"))["sum"]
    return found


def test_what_the_node_says_was_paid_is_what_was_collected(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.far.declare_station(fiscal_code=BORGO_CF, broker=BORGO_CF, station=f"{BORGO_CF}_01")
    with schema_context("borgo"):
        subject = make_subject()
        for number in range(NOTICES):
            make_position(subject=subject, reference=f"G-{number}", cents=5_000 + number, rates=())

    told = play(stack, capsys)
    assert told["notices"] == NOTICES
    assert sum(told["cases"].values()) == NOTICES
    assert set(told["cases"]) == set(ODDITIES), "every oddity must happen in the day"
    assert told["refusals"] == {}

    figures = told["enti"][BORGO_CF]
    with schema_context("borgo"):
        assert collected() == figures["paid_cents"]
        assert Receipt.objects.count() == Collection.objects.count() == figures["receipts"]
        assert Receipt.objects.filter(finding="CONTO_TERZI").count() == told["cases"]["third_party"]
        assert list(ledger_problems()) == []
        totals = ledger_totals()
        assert totals.opened == sum(5_000 + number for number in range(NOTICES))
        assert totals.allotted + totals.owed == totals.opened

    settle(stack, figures)


def settle(stack: Stack, figures: dict[str, int]) -> None:
    """Flows, then the treasurer's file, of which a part is written badly."""
    till = Till(f"http://127.0.0.1:{stack.ports.simulator}", BORGO_CF)
    body = {"fiscal_code": BORGO_CF, "on": DAY.isoformat()}
    flows = [f for f in till.post("/node/flows", **body) if f["fiscal_code"] == BORGO_CF]
    flowed = sum(flow["amount_cents"] for flow in flows)
    assert flowed == figures["paid_cents"] + figures["without_receipt_cents"]
    assert len(flows) == len(PSPS)
    twists: tuple[dict[str, str], ...] = (
        {},
        {"causale": "spezzata"},
        {"money": "diverso"},
        {"causale": "illeggibile"},
    )
    files = [
        till.post("/node/treasury", **body, iuf=flow["iuf"], **twist)
        for flow, twist in zip(flows, twists, strict=True)
    ]
    till.close()
    with schema_context("borgo"):
        for flow in flows:
            take_flow(raw=b64decode(flow["xml_base64"]), at=now())
        rows = FlowRow.objects.aggregate(sum=Sum("amount_cents"))["sum"]
        assert rows == flowed
        assert not FlowRow.objects.filter(label="").exists()
        for file in files:
            take_treasury(raw=file["content"].encode(), filename=file["filename"], at=now())
        found = dict(TreasuryCredit.objects.values_list("label").annotate(Sum("amount_cents")))
        cents = [flow["amount_cents"] for flow in flows]
        assert found == {
            "RT_IUF_TES": cents[0] + cents[1],
            "IUF_TES_DIV_IMP": cents[2] + 1,
            "TES_NO_IUF_OR_IUV": cents[3],
        }
        assert list(ledger_problems()) == []


def test_the_same_seed_plans_the_same_day() -> None:
    notices = [f"3010000000000{number:05d}" for number in range(500)]
    again = plan_day(list(reversed(notices)), on=DAY, seed=SEED)
    assert plan_day(notices, on=DAY, seed=SEED) == again
    assert plan_day(notices, on=DAY, seed=SEED + 1) != again
    assert {case.oddity for case in again} == set(ODDITIES)
    assert sorted(case.notice_number for case in again) == notices


def test_a_day_for_nobody_is_refused(stack: Stack) -> None:
    with pytest.raises(CommandError, match="nessun Ente"):
        call_command("node", "--ente", "altrove")
    with pytest.raises(CommandError, match="non ha avvisi"):
        call_command("node", "--ente", "valle")
