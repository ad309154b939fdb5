"""The clock of each debt, by table: the article, the act that moves it, the act that moves nothing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.rules.limitation import (
    TERMS,
    CreditKind,
    Effect,
    Served,
    Suspension,
    clock_of,
    years_after,
)

DUE = date(2021, 6, 16)
K = CreditKind


@pytest.mark.parametrize(
    ("kind", "last_day", "is_decadence"),
    [
        (K.LOCAL_TAX, date(2026, 12, 31), True),  # c. 161 L. 296/2006
        (K.PERIODIC, date(2026, 6, 16), False),  # art. 2948 n. 4 c.c.
        (K.ORDINARY, date(2031, 6, 16), False),  # art. 2946 c.c.
        (K.WATER, date(2023, 6, 16), False),  # L. 205/2017
        (K.FINE, date(2026, 6, 16), False),  # art. 28 L. 689/1981
        (K.ORDER_DUES, date(2026, 6, 16), False),  # art. 2948 n. 4 c.c.
    ],
)
def test_with_nothing_served(kind: CreditKind, last_day: date, is_decadence: bool) -> None:
    clock = clock_of(kind=kind, due_on=DUE)
    assert (clock.last_day, clock.is_decadence) == (last_day, is_decadence)
    assert clock.source == TERMS[kind].source
    assert (clock.days_left(on=last_day), clock.days_left(on=DUE) > 0) == (0, True)


def served(*on: date, effect: Effect = Effect.INTERRUPTS) -> list[Served]:
    return [Served(day, effect) for day in on]


def test_art_2945_every_act_begins_a_new_term() -> None:
    acts = served(date(2025, 3, 1), date(2023, 3, 1))
    assert clock_of(kind=K.PERIODIC, due_on=DUE, served=acts).last_day == date(2030, 3, 1)


def test_an_act_after_the_last_day_interrupts_nothing() -> None:
    on_the_day, after = served(date(2026, 6, 16)), served(date(2026, 6, 17))
    assert clock_of(kind=K.PERIODIC, due_on=DUE, served=on_the_day).last_day == date(2031, 6, 16)
    assert clock_of(kind=K.PERIODIC, due_on=DUE, served=after).last_day == date(2026, 6, 16)


def test_c_161_a_reminder_does_not_save_a_tax() -> None:
    clock = clock_of(kind=K.LOCAL_TAX, due_on=DUE, served=served(date(2026, 12, 1)))
    assert (clock.last_day, clock.is_decadence) == (date(2026, 12, 31), True)


def test_c_161_what_counts_for_the_body_is_the_day_it_left() -> None:
    late = Served(date(2027, 1, 8), Effect.ASSESSES, sent_on=date(2026, 12, 30))
    clock = clock_of(kind=K.LOCAL_TAX, due_on=DUE, served=[late])
    assert (clock.last_day, clock.is_decadence) == (date(2032, 1, 8), False)
    lost = Served(date(2027, 1, 8), Effect.ASSESSES, sent_on=date(2027, 1, 2))
    assert clock_of(kind=K.LOCAL_TAX, due_on=DUE, served=[lost]).last_day == date(2026, 12, 31)


def test_after_the_assessment_a_reminder_interrupts() -> None:
    acts = [
        *served(date(2024, 5, 1), effect=Effect.ASSESSES),
        *served(date(2026, 2, 1), date(2022, 1, 1)),
    ]
    clock = clock_of(kind=K.LOCAL_TAX, due_on=DUE, served=acts)
    assert (clock.last_day, clock.is_decadence) == (date(2031, 2, 1), False)


def test_days_that_do_not_count_are_added_at_the_end() -> None:
    pause = [Suspension(date(2022, 3, 1), date(2022, 3, 10))]
    assert clock_of(kind=K.PERIODIC, due_on=DUE, suspensions=pause).last_day == date(2026, 6, 26)
    outside = [Suspension(date(2019, 1, 1), date(2021, 6, 15))]
    assert clock_of(kind=K.PERIODIC, due_on=DUE, suspensions=outside).last_day == date(2026, 6, 16)


def test_art_2963_the_29th_of_february() -> None:
    assert years_after(date(2024, 2, 29), 5) == date(2029, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


_days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@given(st.sampled_from(list(CreditKind)), _days, st.lists(_days, max_size=4), _days)
def test_one_act_more_never_shortens_the_time(
    kind: CreditKind, due_on: date, days: list[date], extra: date
) -> None:
    before = clock_of(kind=kind, due_on=due_on, served=served(*days))
    after = clock_of(kind=kind, due_on=due_on, served=served(*days, extra))
    assert after.last_day >= before.last_day
