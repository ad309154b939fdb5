"""Legal interest: known sums, to the cent."""

from datetime import date

import pytest

from billing.rules.interest import InterestRefused, legal_interest_cents


@pytest.mark.parametrize(
    ("principal", "due_on", "paid_on", "interest"),
    [
        (100_000, date(2019, 12, 16), date(2026, 11, 21), 12_275),
        (25_000, date(2023, 6, 16), date(2025, 3, 10), 1_399),
        (41_237, date(2024, 2, 28), date(2024, 3, 1), 6),
        (100_000, date(2026, 6, 16), date(2026, 6, 16), 0),  # paid on the day
        (100_000, date(2026, 6, 16), date(2026, 6, 1), 0),  # paid before
        (3_650_000, date(2025, 12, 31), date(2026, 1, 1), 160),  # one day at the new rate
        (3_650_000, date(2025, 12, 30), date(2025, 12, 31), 200),  # one day at the old one
        (36_500, date(2024, 12, 31), date(2025, 1, 1), 2),
        (9_125, date(2024, 12, 31), date(2025, 1, 1), 1),  # exactly half a cent rounds up
    ],
)
def test_known_sums(principal: int, due_on: date, paid_on: date, interest: int) -> None:
    assert (
        legal_interest_cents(principal_cents=principal, due_on=due_on, paid_on=paid_on) == interest
    )


def test_the_last_rate_holds_until_a_decree_changes_it() -> None:
    due, paid = date(2026, 12, 31), date(2027, 12, 31)
    assert legal_interest_cents(principal_cents=100_000, due_on=due, paid_on=paid) == 1_600


def test_it_says_where_the_table_begins() -> None:
    with pytest.raises(InterestRefused, match="16/12/1990"):
        legal_interest_cents(principal_cents=1, due_on=date(1990, 12, 15), paid_on=date(1991, 1, 1))
