"""Sums fixed by law, by table: each row names its article, and the edges stand on both sides."""

from datetime import date
from itertools import pairwise

import pytest

from billing.rules.collection_charges import charge_cents
from billing.rules.dated import Dated, RulesRefused, in_force
from billing.rules.instalment_plans import (
    BANDS_796,
    Band,
    Missed,
    band_of,
    breaks_floor,
    due_days,
    is_lost,
)
from billing.rules.interest import LEGAL_RATES, interest_parts
from billing.rules.minimums import may_become_title
from billing.rules.notification_costs import WAY_NAMES, Way, notification_cents
from billing.rules.sanctions import ravvedimento_cents, sanction_cents, sanction_source


def test_art_1284_the_rates_of_each_year() -> None:
    by_year = {r.since.year: r.value for r in LEGAL_RATES if r.since.year >= 2010}
    assert by_year == {
        2010: 100, 2011: 150, 2012: 250, 2014: 100, 2015: 50, 2016: 20, 2017: 10, 2018: 30, 2019: 80,
        2020: 5, 2021: 1, 2022: 125, 2023: 500, 2024: 250, 2025: 200, 2026: 160,
    }  # fmt: skip
    begun = [rate.since for rate in LEGAL_RATES[1:]]
    assert all((since.month, since.day) == (1, 1) for since in begun)


def test_art_1284_each_year_with_its_own_rate() -> None:
    parts = interest_parts(
        principal_cents=100_000, due_on=date(2019, 12, 16), paid_on=date(2026, 11, 21)
    )
    assert [(part.days, part.rate) for part in parts] == [
        (15, 80), (366, 5), (365, 1), (365, 125), (365, 500), (366, 250), (365, 200), (325, 160),
    ]  # fmt: skip
    assert (parts[0].since, parts[-1].until) == (date(2019, 12, 17), date(2026, 11, 21))
    assert parts[-1].source == "art. 1284 c.c., D.M. 10/12/2025"


@pytest.mark.parametrize(
    ("way", "cents"),
    [
        (Way.REGISTERED_WITH_RECEIPT, 783),
        (Way.REGISTERED, 651),
        (Way.PEC, 200),
        (Way.JUDICIAL, 1_155),
        (Way.REMINDER_795, 133),
        (Way.ABROAD, 1_219),
    ],
)
def test_dm_14_4_2023_what_serving_costs(way: Way, cents: int) -> None:
    assert notification_cents(way, on=date(2023, 5, 14)) == cents
    assert WAY_NAMES[way]
    with pytest.raises(RulesRefused, match="14/05/2023"):
        notification_cents(way, on=date(2023, 5, 13))


@pytest.mark.parametrize(
    ("base", "paid_on", "cents"),
    [
        (123_456, date(2026, 9, 14), 0),  # not enforceable yet
        (123_456, date(2026, 9, 15), 3_704),
        (123_456, date(2026, 11, 14), 3_704),  # the sixtieth day
        (123_456, date(2026, 11, 15), 7_407),
        (1_200_000, date(2026, 11, 14), 30_000),
        (1_200_000, date(2026, 11, 15), 60_000),
        (1_000_000, date(2026, 11, 14), 30_000),  # the cap, exactly
        (999_900, date(2026, 11, 14), 29_997),
    ],
)
def test_c_803_collection_charges(base: int, paid_on: date, cents: int) -> None:
    executive_on = date(2026, 9, 15)
    assert charge_cents(base_cents=base, executive_on=executive_on, paid_on=paid_on) == cents


def test_c_803_knows_no_act_before_2020() -> None:
    with pytest.raises(RulesRefused, match="803"):
        charge_cents(base_cents=1, executive_on=date(2019, 12, 31), paid_on=date(2020, 1, 2))


@pytest.mark.parametrize(
    ("due_on", "paid_on", "cents"),
    [
        (date(2023, 6, 16), date(2023, 6, 17), 1_000),  # 1 % a day
        (date(2023, 6, 16), date(2023, 7, 1), 15_000),  # fifteen days
        (date(2023, 6, 16), date(2023, 9, 14), 15_000),  # ninety
        (date(2023, 6, 16), date(2023, 9, 15), 30_000),
        (date(2024, 8, 31), date(2026, 1, 1), 30_000),  # the last day of the old rule
        (date(2024, 9, 1), date(2026, 1, 1), 25_000),
        (date(2024, 9, 16), date(2024, 9, 17), 833),
        (date(2024, 9, 16), date(2024, 12, 15), 12_500),
        (date(2024, 9, 16), date(2024, 12, 16), 25_000),
    ],
)
def test_art_13_dlgs_471_1997_sanction_on_1000_euros(
    due_on: date, paid_on: date, cents: int
) -> None:
    assert sanction_cents(tax_cents=100_000, due_on=due_on, paid_on=paid_on) == cents
    assert "471/1997" in sanction_source(due_on=due_on)


@pytest.mark.parametrize(
    ("due_on", "paid_on", "cents"),
    [
        (date(2023, 6, 16), date(2023, 6, 30), 1_400),  # 14 days at 0.1 %
        (date(2023, 6, 16), date(2023, 7, 1), 1_500),
        (date(2023, 6, 16), date(2023, 7, 16), 1_500),  # thirty
        (date(2023, 6, 16), date(2023, 7, 17), 1_667),
        (date(2023, 6, 16), date(2023, 9, 14), 1_667),  # ninety
        (date(2023, 6, 16), date(2023, 9, 15), 3_750),
        (date(2022, 6, 16), date(2023, 6, 16), 3_750),  # a year
        (date(2022, 6, 16), date(2023, 6, 17), 4_286),
        (date(2021, 6, 16), date(2023, 6, 17), 5_000),  # more than two
        (date(2024, 9, 16), date(2024, 9, 30), 1_167),  # 14 days
        (date(2024, 9, 16), date(2024, 10, 16), 1_250),
        (date(2024, 9, 16), date(2024, 10, 17), 1_389),
        (date(2024, 9, 16), date(2024, 12, 16), 3_125),
        (date(2024, 9, 16), date(2025, 9, 17), 3_571),
        (date(2024, 9, 16), date(2026, 11, 1), 3_571),
    ],
)
def test_art_13_dlgs_472_1997_ravvedimento_on_1000_euros(
    due_on: date, paid_on: date, cents: int
) -> None:
    assert ravvedimento_cents(tax_cents=100_000, due_on=due_on, paid_on=paid_on) == cents


def test_there_is_no_sanction_without_delay() -> None:
    for reckon in (sanction_cents, ravvedimento_cents):
        with pytest.raises(RulesRefused, match="non è in ritardo"):
            reckon(tax_cents=100_000, due_on=date(2026, 6, 16), paid_on=date(2026, 6, 16))


def test_c_794_less_than_ten_euros_is_no_title() -> None:
    assert not may_become_title(act_total_cents=999)
    assert may_become_title(act_total_cents=1_000)


@pytest.mark.parametrize(
    ("debt", "most"),
    [
        (10_000, 0), (10_001, 4), (50_000, 4), (50_001, 12), (300_000, 12), (300_001, 24),
        (600_000, 24), (600_001, 36), (2_000_000, 36), (2_000_001, 72),
    ],
)  # fmt: skip
def test_c_796_how_many_instalments(debt: int, most: int) -> None:
    assert band_of(debt).most == most


def test_c_796_bands_leave_no_gap() -> None:
    for lower, upper in pairwise(BANDS_796):
        assert upper.fewest > lower.most or lower.most == 0
    assert BANDS_796[-1].upto_cents is None


def test_c_797_a_body_s_own_rule_has_a_floor() -> None:
    assert not breaks_floor(BANDS_796)
    assert breaks_floor((Band(600_000, 2, 12), Band(None, 2, 35)))
    assert not breaks_floor((Band(600_000, 2, 12), Band(None, 2, 36)))


def test_c_801_the_last_day_of_each_month() -> None:
    assert due_days(first=date(2027, 11, 3), count=4) == [
        date(2027, 11, 30),
        date(2027, 12, 31),
        date(2028, 1, 31),
        date(2028, 2, 29),
    ]


@pytest.mark.parametrize(
    ("due", "lost"),
    [
        ([(1, True)], False),
        ([(1, True), (2, True)], True),
        ([(1, True), (7, True)], True),  # 31 January to 31 July: six months
        ([(1, True), (8, True)], False),
        ([(1, True), (2, False)], False),  # nobody was reminded of the second
        ([(1, True), (3, False), (6, True)], True),  # not one after the other
        ([(1, False), (2, False), (3, False)], False),
        ([(1, True), (8, True), (12, True)], True),  # the window slides
    ],
)
def test_c_800_decadence_from_the_plan(due: list[tuple[int, bool]], lost: bool) -> None:
    days = due_days(first=date(2026, 1, 1), count=12)
    reminded = date(2027, 1, 15)
    missed = [Missed(days[month - 1], reminded if told else None) for month, told in due]
    assert is_lost(missed) is lost


def test_a_rule_holds_until_the_next_begins() -> None:
    table = (Dated(date(2020, 1, 1), "a", "legge uno"), Dated(date(2027, 1, 1), "b", "legge due"))
    assert in_force(table, on=date(2026, 12, 31)).value == "a"
    assert in_force(table, on=date(2027, 1, 1)).source == "legge due"
    with pytest.raises(RulesRefused, match="legge uno"):
        in_force(table, on=date(2019, 12, 31))
