"""What time is about to take away, counted for the board: the same credits as the list, and no table read whole for it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules
from dunning.selectors.limitation import old_credits, old_replacements
from dunning.selectors.limitation_list import ExpiringList
from dunning.selectors.limitation_tally import ExpiringTally, Heap, expiring_tally
from dunning.services.acts import Costs, replace_position
from dunning.services.served_acts import Notification, record_service
from paybox.kernel.actor import Actor
from tests.build import AT, make_position, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
ON = date(2026, 7, 1)


def owed(cents: int, due_on: date) -> Position:
    return make_position(cents=cents, rates=(), due_on=due_on)


def told(position: Position, on: date, ada: Actor) -> None:
    served = Notification("MESSA_IN_MORA", on, "PEC", f"prot. {position.pk}")
    record_service(position_id=position.pk, served=served, actor=ada, at=AT)


@pytest.fixture
def rules() -> CreditRules:
    return CreditRules.objects.create(
        service=Service.objects.get(code="TARI"), kind="PERIODICO", alert_days=180
    )


@pytest.fixture
def credits(rules, ada) -> list[Position]:
    """Five years each: lost, near, served and so far off, served too long ago, replaced, young, paid."""
    lost, near = owed(1, date(2020, 6, 16)), owed(20, date(2021, 9, 1))
    far, again = owed(300, date(2020, 6, 16)), owed(4_000, date(2016, 6, 16))
    told(far, date(2024, 1, 10), ada)
    told(again, date(2021, 6, 10), ada)  # five days before its end: a new term, which ends now
    born = owed(50_000, date(2021, 8, 1))
    new = replace_position(
        position_id=born.pk, costs=Costs(), reason="sollecito senza esito", due_on=date(2026, 12, 31),
        segregation="01", actor=ada, at=AT,
    )  # fmt: skip
    young, paid = owed(600_000, date(2025, 6, 16)), owed(7_000_000, date(2021, 9, 1))
    pay(paid.instalments.get().notice_number, 7_000_000)
    return [lost, near, far, again, new, young, paid]


def test_the_count_and_the_sum_are_those_of_the_list(credits, rules) -> None:
    found = ExpiringList((), ON)[:]
    assert found == [one for n in range(4) for one in ExpiringList((), ON)[n : n + 1]]
    assert [one.clock.last_day for one in found] == sorted(one.clock.last_day for one in found)
    sums = [one.position.residual_cents for one in found]
    new = credits[4].residual_cents
    assert sorted(sums) == [1, 20, 4_000, new]
    assert expiring_tally(scope=(), on=ON).whole == Heap(4, 4_021 + new)
    late = [one.position.residual_cents for one in found if one.days_left < 0]
    assert expiring_tally(scope=(), on=ON).late == Heap(len(late), sum(late))
    assert expiring_tally(scope=("QUOTA",), on=ON) == ExpiringTally()
    assert list(ledger_problems()) == []


def test_days_that_do_not_count_are_looked_at(credits, rules) -> None:
    CreditRules.objects.filter(pk=rules.pk).update(
        suspensions=[["2021-10-01", "2023-10-01", "moratoria"]]
    )
    assert ExpiringList((), ON)[:] == []
    assert expiring_tally(scope=(), on=ON) == ExpiringTally()


def test_as_many_questions_for_many_credits_as_for_one(rules) -> None:
    owed(1, date(2021, 9, 1))
    with CaptureQueriesContext(
        connection,
    ) as one:
        assert expiring_tally(scope=(), on=ON).whole.count == 1
    for day in range(1, 6):
        owed(1, date(2021, 9, day))
    with CaptureQueriesContext(connection) as six:
        assert expiring_tally(scope=(), on=ON).whole.count == 6
    assert len(six) == len(one)


def test_the_credits_are_found_by_an_index(rules) -> None:
    """Where another way exists the server takes it: a million positions are not read at each view of the board."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for asked in (old_credits(rules, ON), old_replacements(rules, ON)):
            assert "Seq Scan on billing_position" not in asked.explain()
