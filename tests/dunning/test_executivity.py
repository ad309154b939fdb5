"""c. 792: when an act becomes a title, across August and days of rest; c. 795: the reminder that comes first."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.rules.executivity import (
    Nature,
    Terms,
    appeal_deadline,
    calendar_of,
    reminder_wait_days,
)

TAX, PATRIMONIAL = Nature.TAX, Nature.PATRIMONIAL


@pytest.mark.parametrize(
    ("nature", "notified_on", "last_day"),
    [
        (TAX, date(2026, 3, 2), date(2026, 5, 4)),  # 1 May is a holiday, 2 and 3 the week-end
        (TAX, date(2026, 6, 1), date(2026, 7, 31)),  # all before August
        (TAX, date(2026, 6, 2), date(2026, 9, 1)),  # one day left when August begins
        (TAX, date(2026, 6, 15), date(2026, 9, 14)),
        (TAX, date(2026, 8, 10), date(2026, 10, 30)),  # served in August: counts from 1 September
        (TAX, date(2026, 7, 31), date(2026, 10, 30)),
        (TAX, date(2027, 6, 1), date(2027, 9, 1)),  # 31 July is a Saturday, and August is closed
        (PATRIMONIAL, date(2026, 6, 15), date(2026, 8, 14)),  # L. 742/1969 is not for it
        (PATRIMONIAL, date(2026, 6, 16), date(2026, 8, 17)),  # 15 August, a Saturday and a holiday
    ],
)
def test_c_792_the_last_day(nature: Nature, notified_on: date, last_day: date) -> None:
    assert appeal_deadline(notified_on=notified_on, nature=nature) == last_day


def test_c_792_and_802_what_follows() -> None:
    given = {"notified_on": date(2026, 6, 15), "nature": TAX, "debt_cents": 500_000}
    days = calendar_of(**given, same_collector=False, terms=Terms())
    assert (days.executive_on, days.load_from) == (date(2026, 9, 15), date(2026, 10, 15))
    assert (days.interest_from, days.enforce_from) == (date(2026, 10, 15), date(2027, 4, 13))
    own = calendar_of(**given, same_collector=True, terms=Terms())
    assert own.enforce_from == date(2027, 2, 12)


@pytest.mark.parametrize(
    ("debt", "days"), [(100_000, 60), (100_001, 30), (1_000_000, 30), (1_000_001, 0)]
)
def test_c_795_the_reminder_before_enforcement(debt: int, days: int) -> None:
    assert reminder_wait_days(debt, Terms()) == days
    other = Terms(reminder_days=120, small_days=90)
    assert reminder_wait_days(debt, other) == {60: 90, 30: 120, 0: 0}[days]


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_a_tax_never_becomes_a_title_in_august_nor_before_sixty_days(notified_on: date) -> None:
    tax = appeal_deadline(notified_on=notified_on, nature=TAX)
    assert tax.month != 8
    assert tax.weekday() < 5
    assert tax >= appeal_deadline(notified_on=notified_on, nature=PATRIMONIAL)
    assert tax >= notified_on + timedelta(days=60)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 60))
def test_who_is_served_later_has_no_less_time(notified_on: date, days: int) -> None:
    first = appeal_deadline(notified_on=notified_on, nature=TAX)
    later = appeal_deadline(notified_on=notified_on + timedelta(days=days), nature=TAX)
    assert later >= first
