"""When one may telephone, what follows from a call, when a promise is kept: tables, with no database."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.rules.phone_ends import Ending, FileState, Negative, ending_of
from dunning.rules.phone_limits import (
    Limit,
    Past,
    PhoneRules,
    calling_hours,
    next_allowed,
    why_not_call,
)
from dunning.rules.phone_outcomes import RULES, Called, next_try
from dunning.rules.phone_priority import FileFacts, expected_cents
from dunning.rules.phone_times import Tried, best_moment
from dunning.rules.promises import (
    Payment,
    PromiseState,
    attention,
    last_good_day,
    may_promise,
    paused_until,
    promise_state,
)
from dunning.rules.quiet_hours import ROME

RULES_OF_LAW = PhoneRules(hours=calling_hours(patron=(6, 24)))


def rome(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """March 2026: the 2nd is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=ROME)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (rome(2, 8, 29), False), (rome(2, 8, 30), True), (rome(2, 20, 59), True), (rome(2, 21), False),
        (rome(7, 8, 30), True), (rome(7, 14, 59), True), (rome(7, 15), False),  # Saturday
        (rome(8, 10), False),  # Sunday
        (rome(6, 10, month=4), False),  # Easter Monday
        (rome(24, 10, month=6), False),  # the patron
        (rome(30, 8, 30), True),  # the day after the clocks went forward
        (datetime(2026, 3, 30, 6, 29, tzinfo=UTC), False),
        (datetime(2026, 3, 30, 6, 30, tzinfo=UTC), True),
    ],
)  # fmt: skip
def test_hours(at: datetime, open_: bool) -> None:
    limit = why_not_call([], at=at, rules=RULES_OF_LAW)
    assert (limit is None) == open_
    if limit:
        assert limit is Limit.HOURS
        assert "UNIREC" in limit.source


@pytest.mark.parametrize(
    ("past", "limit"),
    [
        ([Past(rome(2, 9), spoke=True)], Limit.DAY),
        ([Past(rome(2, 9), spoke=True, ours=False)], Limit.DAY),  # whoever spoke to her
        ([Past(rome(1, 20), spoke=True)], None),
        ([Past(rome(d, 12, month=2), spoke=True) for d in (24, 25, 26)], Limit.WEEK),
        ([Past(rome(d, 12, month=2), spoke=True) for d in (22, 23, 26)], None),  # six days and some
        ([Past(rome(2, h), spoke=False) for h in (9, 10, 11)], Limit.UNANSWERED),
        ([Past(rome(2, h), spoke=False) for h in (9, 10)], None),
        ([Past(rome(n, 9, month=1), spoke=False) for n in range(1, 9)], Limit.MANDATE),
        ([Past(rome(n, 9, month=1), spoke=False, ours=n > 1) for n in range(1, 9)], None),
    ],
)  # fmt: skip
def test_how_often(past: list[Past], limit: Limit | None) -> None:
    assert why_not_call(past, at=rome(2, 12), rules=RULES_OF_LAW) is limit


def test_each_limit_names_its_rule() -> None:
    assert "660" in Limit.UNANSWERED.source
    assert all(limit.sentence and limit.source for limit in Limit)


def test_when_again() -> None:
    spoken = [Past(rome(2, 9), spoke=True)]
    assert next_allowed(spoken, at=rome(2, 12), rules=RULES_OF_LAW) == rome(3, 8, 30)
    assert next_allowed([], at=rome(7, 16), rules=RULES_OF_LAW) == rome(9, 8, 30)
    week = [Past(rome(d, 12, month=2), spoke=True) for d in (25, 26, 27)]
    assert next_allowed(week, at=rome(2, 12), rules=RULES_OF_LAW) == rome(4, 12)
    eight = [Past(rome(n, 9, month=1), spoke=False) for n in range(1, 9)]
    assert next_allowed(eight, at=rome(2, 12), rules=RULES_OF_LAW) is None


HOURS_BACK = st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.booleans()), max_size=14)


@given(HOURS_BACK, st.integers(0, 24 * 30))
def test_whatever_the_past_the_next_moment_breaks_no_limit(
    past: list[tuple[int, bool, bool]], ahead: int
) -> None:
    at = rome(2, 12) + timedelta(hours=ahead)
    calls = [Past(at - timedelta(hours=h), spoke, ours) for h, spoke, ours in past]
    moment = next_allowed(calls, at=at, rules=RULES_OF_LAW)
    if moment is None:
        assert sum(not one.spoke and one.ours for one in calls) >= 8
    else:
        assert moment >= at
        assert why_not_call(calls, at=moment, rules=RULES_OF_LAW) is None


def test_a_campaign_may_ask_for_less_and_never_for_more() -> None:
    desk = calling_hours(patron=None, opens=time(7), closes=time(13))
    assert not desk.open_at(rome(2, 8)), "the law's opening holds"
    assert not desk.open_at(rome(2, 13))
    assert not desk.open_at(rome(7, 14))
    assert desk.open_at(rome(7, 12, 59))


def test_every_outcome_has_its_row() -> None:
    assert set(RULES) == set(Called)
    nobody = {Called.NO_ANSWER, Called.BUSY, Called.VOICEMAIL, Called.NO_NUMBER, Called.WRONG_PERSON}  # fmt: skip
    others = {Called.THIRD_PARTY, Called.DECEASED, Called.PROTECTED, Called.UNTOLD}
    assert {one for one in Called if not one.rule.spoke} == nobody | others
    assert next_try(Called.COMPLAINT, at=rome(2, 12), call_back_at=None) is None
    assert next_try(Called.BUSY, at=rome(2, 12), call_back_at=None) == rome(2, 12, 30)
    assert next_try(Called.CALL_BACK, at=rome(2, 12), call_back_at=rome(4, 17)) == rome(4, 17)


def test_the_best_moment() -> None:
    hours = RULES_OF_LAW.hours
    assert best_moment([], not_before=rome(2, 12), hours=hours) == rome(2, 12)
    evening = [Tried(rome(2, 9), False), Tried(rome(2, 19), True)]
    assert best_moment(evening, not_before=rome(3, 9), hours=hours) == rome(3, 18)
    assert best_moment(evening, not_before=rome(7, 9), hours=hours) == rome(9, 18), "no Saturday evening"  # fmt: skip
    morning = [Tried(rome(2, 9), False)]
    assert best_moment(morning, not_before=rome(2, 10), hours=hours) == rome(2, 12)


PAID = [Payment(date(2026, 3, 1), 500), Payment(date(2026, 3, 6), 4_000), Payment(date(2026, 3, 20), 6_000)]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "today", "withdrawn", "state", "paid"),
    [
        (4_000, date(2026, 3, 7), False, PromiseState.KEPT, 4_000),
        (4_001, date(2026, 3, 7), False, PromiseState.PENDING, 4_000),
        (4_001, date(2026, 3, 13), False, PromiseState.PENDING, 4_000),
        (4_001, date(2026, 3, 14), False, PromiseState.PARTIAL, 4_000),
        (4_000, date(2026, 3, 7), True, PromiseState.WITHDRAWN, 4_000),
    ],
)
def test_promise(amount: int, today: date, withdrawn: bool, state: PromiseState, paid: int) -> None:
    found = promise_state(
        amount_cents=amount, promised_on=date(2026, 3, 2), last_on=date(2026, 3, 13), paid=PAID, today=today,
        withdrawn=withdrawn,
    )  # fmt: skip
    assert found == (state, paid)


def test_nothing_paid_is_a_broken_promise() -> None:
    days = {"promised_on": date(2026, 3, 7), "last_on": date(2026, 3, 13)}
    found = promise_state(amount_cents=100, paid=PAID, today=date(2026, 3, 14), **days)
    assert found == (PromiseState.BROKEN, 0)


def test_days_of_grace_are_working_days() -> None:
    assert last_good_day(date(2026, 3, 6)) == date(2026, 3, 11)  # Friday → Wednesday
    assert last_good_day(date(2026, 4, 2)) == date(2026, 4, 8)  # over Easter
    assert last_good_day(date(2026, 6, 22), patron=(6, 24)) == date(2026, 6, 26)
    assert last_good_day(date(2026, 3, 6), grace_days=0) == date(2026, 3, 6)


def test_a_promise_pauses_at_most_fifteen_days() -> None:
    far = paused_until(promised_on=date(2026, 3, 2), last_on=date(2026, 4, 20))
    assert far == date(2026, 3, 17)
    near = paused_until(promised_on=date(2026, 3, 2), last_on=date(2026, 3, 9))
    assert near == date(2026, 3, 9)


def test_attention_grows_and_the_second_broken_promise_needs_the_office() -> None:
    assert [attention(broken=b, refused=0) for b in range(4)] == [0, 1, 2, 2]
    assert attention(broken=0, refused=1) == 1
    assert [may_promise(broken=b, allowed=0) for b in range(3)] == [True, True, False]
    assert may_promise(broken=2, allowed=1)
    assert not may_promise(broken=3, allowed=1)


def test_what_a_call_is_worth() -> None:
    fresh = FileFacts(10_000, 60)
    assert expected_cents(fresh) == 4_500
    assert expected_cents(FileFacts(10_000, 400)) == 2_200
    assert expected_cents(FileFacts(10_000, 60, unanswered=5)) == 2_250
    assert expected_cents(FileFacts(10_000, 60, broken=1)) == 2_250
    assert expected_cents(FileFacts(10_000, 60, promise_due=True)) == 9_000
    assert expected_cents(FileFacts(10_000, 60, promise_due=True, days_left=10)) == 10_000
    assert expected_cents(FileFacts(10_000, 2_000, days_left=-1)) == 0


@pytest.mark.parametrize(
    ("residual", "collected", "plan", "outcomes", "ends"),
    [
        (0, 5_000, False, [], (FileState.COLLECTED, "")),
        (0, 0, False, [], (FileState.RECALLED, "Non più dovuta")),
        (3_000, 0, True, [Called.INSTALMENTS], (FileState.INSTALMENTS, "")),
        (3_000, 2_000, False, [Called.REFUSES], (FileState.PARTLY, "")),
        (3_000, 0, False, [Called.NO_ANSWER], (FileState.NEGATIVE, Negative.UNREACHABLE)),
        (3_000, 0, False, [Called.REFUSES, Called.NO_ANSWER], (FileState.NEGATIVE, Negative.REFUSES)),
        (3_000, 0, False, [Called.DISPUTES], (FileState.NEGATIVE, Negative.DISPUTED)),
        (3_000, 0, False, [Called.SPOKE], (FileState.NEGATIVE, Negative.OUT_OF_TIME)),
        (3_000, 0, False, [], (FileState.NEGATIVE, Negative.OUT_OF_TIME)),
    ],
)  # fmt: skip
def test_how_a_file_goes_back(
    residual: int, collected: int, plan: bool, outcomes: list[Called], ends: tuple[FileState, str]
) -> None:
    assert ending_of(Ending(residual, collected, plan, outcomes)) == ends
