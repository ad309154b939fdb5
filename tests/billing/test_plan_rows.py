"""A plan to the cent: equal parts, each with the interest of its days; nothing lost in the division, nothing kept too long."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.dated import RulesRefused
from billing.rules.plan_rows import PlanRow, PlanTerms, plan_rate, plan_rows, unearned_cents

GRANTED = date(2026, 7, 1)


def terms(**changes: object) -> PlanTerms:
    given = {
        "principal_cents": 48_000, "other_cents": 32, "count": 4, "first": date(2026, 7, 1), "granted_on": GRANTED,
    } | changes  # fmt: skip
    return PlanTerms(**given)  # type: ignore[arg-type]  # overrides of a test


def test_four_instalments_at_the_end_of_each_month() -> None:
    # 120,00 € each at 1,60 %: 30, 61, 91 and 122 days; the 0,32 € of other sums bear nothing
    assert plan_rows(terms()) == [
        PlanRow(1, date(2026, 7, 31), 12_024, 16),
        PlanRow(2, date(2026, 8, 31), 12_040, 32),
        PlanRow(3, date(2026, 9, 30), 12_056, 48),
        PlanRow(4, date(2026, 10, 31), 12_072, 64),
    ]


def test_the_spread_of_the_body_has_a_limit() -> None:
    assert plan_rate(granted_on=GRANTED, spread=300) == 460
    assert plan_rate(granted_on=GRANTED, spread=-300) == 0
    with pytest.raises(RulesRefused, match="da -3 a"):
        plan_rate(granted_on=GRANTED, spread=301)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 1}, "almeno due"),
        ({"first": date(2026, 6, 1)}, "dopo il giorno"),
        ({"principal_cents": 3, "other_cents": 0}, "troppo piccolo"),
    ],
)
def test_what_cannot_be_a_plan(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RulesRefused, match=words):
        plan_rows(terms(**changes))


@given(
    st.integers(100, 10_000_000), st.integers(0, 50_000), st.integers(2, 72), st.integers(0, 300)
)
def test_the_parts_are_the_debt(principal: int, other: int, count: int, spread: int) -> None:
    rows = plan_rows(
        terms(principal_cents=principal, other_cents=other, count=count, spread=spread)
    )
    assert sum(r.cents - r.interest_cents for r in rows) == principal + other
    assert [r.number for r in rows] == list(range(1, count + 1))
    assert all(0 <= unearned_cents(r, granted_on=GRANTED, on=GRANTED) <= r.cents for r in rows)


@pytest.mark.parametrize(
    ("on", "off"),
    [(GRANTED, 64), (date(2026, 10, 15), 8), (date(2026, 10, 31), 0), (date(2027, 1, 1), 0)],
)
def test_the_interest_of_days_to_come_is_not_owed(on: date, off: int) -> None:
    assert unearned_cents(plan_rows(terms())[3], granted_on=GRANTED, on=on) == off
