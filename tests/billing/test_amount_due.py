"""What is due on a day: interest and costs when late, less when paid at once; never what no rule says."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.amount_due import DueFacts, amount_due_now, find_day, read_rules

DUE = date(2026, 6, 16)
FACTS = DueFacts(printed_cents=12_000, due_on=DUE, opened_on=date(2026, 3, 2))
SINCE = {"dal": "2026-01-01"}
LEGAL = {"tipo": "INTERESSI", **SINCE}
FIXED = {"tipo": "INTERESSI", "tasso": 365, **SINCE}
COSTS = {"tipo": "SPESE", "centesimi": 780, "giorni": 60, **SINCE}
FINE = {"tipo": "RIDUZIONE", "percento": 3_000, "giorni": 5, **SINCE}


def total(on: date, *rules: dict[str, object], facts: DueFacts = FACTS) -> int:
    return amount_due_now(facts, read_rules(rules), on=on).total_cents


def late(days: int) -> date:
    return DUE + timedelta(days=days)


class TestRules:
    def test_none_is_the_printed_amount_for_ever(self):
        assert {total(late(days)) for days in (-900, 0, 1, 9_000)} == {12_000}

    def test_interest_begins_the_day_after(self):
        assert total(late(0), LEGAL) == 12_000
        assert total(late(100), LEGAL) == 12_053  # 1,60% of 120,00 for 100 days: 52,6 cents
        assert [total(late(days), FIXED) for days in (0, 1, 4, 5, 100)] == [
            12_000, 12_001, 12_005, 12_006, 12_120,
        ]  # fmt: skip

    def test_after_days_of_grace_it_is_owed_from_the_due_day(self):
        patient = {**FIXED, "giorni": 30}
        assert (total(late(30), patient), total(late(31), patient)) == (12_000, 12_037)

    def test_costs_come_once(self):
        assert (total(late(60), COSTS), total(late(61), COSTS)) == (12_000, 12_780)
        assert total(late(61), COSTS, facts=replace(FACTS, costs_charged=True)) == 12_000

    def test_a_fine_is_less_within_five_days_of_the_notice(self):
        told = replace(FACTS, noticed_on=date(2026, 5, 1))
        days = [total(date(2026, 5, day), FINE, facts=told) for day in (1, 6, 7)]
        assert days == [8_400, 8_400, 12_000]
        # Nobody said when she was told: the opening counts.
        assert [total(date(2026, 3, day), FINE) for day in (7, 8)] == [8_400, 12_000]

    def test_half_a_cent_is_not_taken_off(self):
        fine = replace(FACTS, printed_cents=4_201)
        assert total(date(2026, 3, 2), FINE, facts=fine) == 2_941
        assert total(date(2026, 3, 2), {**FINE, "percento": 10_000}, facts=fine) == 1

    def test_the_rules_of_the_day_it_was_opened(self):
        newer = {**COSTS, "dal": "2026-03-03", "centesimi": 900}
        ended = {**COSTS, "dal": "2026-03-02", "centesimi": 0}
        assert total(late(90), COSTS, newer) == 12_780
        assert total(late(90), ended, COSTS) == 12_000
        assert total(late(90), newer) == 12_000

    def test_the_day_on_which_it_was_due(self):
        rules = read_rules([FIXED])
        days = [late(5), late(4)]
        assert find_day(FACTS, rules, paid_cents=12_006, days=days).interest_cents == 6
        assert find_day(FACTS, rules, paid_cents=12_005, days=days).interest_cents == 5
        assert find_day(FACTS, rules, paid_cents=12_004, days=days) is None


rules = st.lists(
    st.one_of(
        st.builds(lambda rate, days: {**FIXED, "tasso": rate, "giorni": days}, st.integers(0, 2_000), st.integers(0, 90)),
        st.builds(lambda cents: {**COSTS, "centesimi": cents}, st.integers(0, 5_000)),
        st.builds(lambda percent: {**FINE, "percento": percent}, st.integers(0, 10_000)),
    ),
    max_size=5,
)  # fmt: skip


@pytest.mark.parametrize("printed", [1, 5_001, 99_999_999_999])
@given(kept=rules, days=st.integers(-400, 4_000))
def test_something_is_always_due_and_the_parts_say_why(printed, kept, days):
    facts = replace(FACTS, printed_cents=printed)
    due = amount_due_now(facts, read_rules(kept), on=late(days))
    assert due.total_cents > 0
    assert due.total_cents == printed + due.interest_cents + due.costs_cents - due.reduction_cents
    assert min(due.interest_cents, due.costs_cents, due.reduction_cents) >= 0
    assert days > 0 or due.accrued_cents == 0
