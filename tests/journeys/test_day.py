"""A day of payments with every oddity, on the running product: what the Node says was paid is what the ledger has,
and every euro that the treasurer credits is explained or waits in a queue with a name.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django_tenants.utils import schema_context

from billing.models import Collection
from billing.selectors.ledger import ledger_problems, ledger_totals
from pagopa.models import Flow, FlowRow, Receipt, TreasuryCredit
from pagopa.simulator.day import ODDITIES, PSPS, OddsRefused, day_odds, plan_day, plan_slips
from paybox.demo.enti import BORGO_CF
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack, running_stack

pytestmark = pytest.mark.journey

DAY = date(2026, 3, 2)
NOTICES, SEED = 240, 36


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
        every_euro_is_explained_or_in_a_queue(told, figures)


def every_euro_is_explained_or_in_a_queue(told: Any, figures: dict[str, int]) -> None:
    """What the command says it compared is what is found here; the queues hold all that is not explained."""
    paid, untold = figures["paid_cents"], figures["without_receipt_cents"]
    credits = TreasuryCredit.objects.order_by().values_list("label")
    found = dict(credits.annotate(Sum("amount_cents")))
    assert untold > 0
    assert told["flows"] == Flow.objects.count() == len(PSPS)
    assert [(one["ours"], one["theirs"]) for one in told["compared"]] == [
        (figures["receipts"], figures["receipts"]),
        (paid, paid),
        (untold, untold),
        (paid + untold, paid + untold),
        (sum(found.values()), sum(found.values())),
    ]
    rows = FlowRow.objects.order_by().values_list("label").annotate(Sum("amount_cents"))
    assert dict(rows) == {"RT_IUF": paid, "IUV_NO_RT": untold}
    uncredited = told["waiting"].pop("IUF_NO_TES")
    waiting = Flow.objects.filter(treasury_credit__isnull=True)
    assert uncredited == waiting.aggregate(sum=Sum("total_cents"))["sum"]
    explained = found.pop("RT_IUF_TES")
    assert told["waiting"] == {**found, "IUV_NO_RT": untold}
    assert set(found) == {"IUF_TES_DIV_IMP", "IUF_TES_DOPPIO", "TES_NO_IUF_OR_IUV"}
    assert explained > 0


def test_the_same_seed_plans_the_same_day() -> None:
    notices = [f"3010000000000{number:05d}" for number in range(500)]
    again = plan_day(list(reversed(notices)), on=DAY, seed=SEED)
    assert plan_day(notices, on=DAY, seed=SEED) == again
    assert plan_day(notices, on=DAY, seed=SEED + 1) != again
    assert {case.oddity for case in again} == set(ODDITIES)
    assert sorted(case.notice_number for case in again) == notices


def test_odds_are_of_a_thousand_and_paying_takes_what_is_left() -> None:
    assert sum(ODDITIES.values()) == sum(day_odds({"double": 700, "hung_up": 0}).values()) == 1000
    assert day_odds({"double": 120})["paid"] == ODDITIES["paid"] - 100
    for given in ({"double": 701}, {"double": -1}, {"paid": 5}, {"altro": 1}):
        with pytest.raises(OddsRefused):
            day_odds(given)
    assert plan_slips(50, seed=1) == plan_slips(50, seed=1) != plan_slips(50, seed=2)


def test_a_day_for_nobody_is_refused(stack: Stack) -> None:
    with pytest.raises(CommandError, match="nessun Ente"):
        call_command("node", "--ente", "altrove")
    with pytest.raises(CommandError, match="non ha avvisi"):
        call_command("node", "--ente", "valle")
