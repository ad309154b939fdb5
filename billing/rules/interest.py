"""Legal interest: the dated table and the sum, day by day. Pure.

Before: an unpaid principal.  After: acts that charge it as a line of its own.
Source: art. 1284 c.c. and the yearly decrees. Where no decree comes by 15 December the rate stays as it is, so the
last line of the table holds until a newer one is added.
"""

from datetime import date, timedelta

from paybox.kernel.problems import Refused

DAYS_IN_YEAR = 365  # also in leap years, as is the practice

# (in force from, hundredths of a percent)
LEGAL_RATES: tuple[tuple[date, int], ...] = (
    (date(1990, 12, 16), 1000),
    (date(1997, 1, 1), 500),
    (date(1999, 1, 1), 250),
    (date(2001, 1, 1), 350),
    (date(2002, 1, 1), 300),
    (date(2004, 1, 1), 250),
    (date(2008, 1, 1), 300),
    (date(2010, 1, 1), 100),
    (date(2011, 1, 1), 150),
    (date(2012, 1, 1), 250),
    (date(2014, 1, 1), 100),
    (date(2015, 1, 1), 50),
    (date(2016, 1, 1), 20),
    (date(2017, 1, 1), 10),
    (date(2018, 1, 1), 30),
    (date(2019, 1, 1), 80),
    (date(2020, 1, 1), 5),
    (date(2021, 1, 1), 1),
    (date(2022, 1, 1), 125),
    (date(2023, 1, 1), 500),
    (date(2024, 1, 1), 250),
    (date(2025, 1, 1), 200),
    (date(2026, 1, 1), 160),
)


class InterestRefused(Refused):
    """The table does not reach that far back."""


def legal_interest_cents(*, principal_cents: int, due_on: date, paid_on: date) -> int:
    """Simple interest on ``principal_cents`` from the day after ``due_on`` to ``paid_on`` included, in cents.

    The parts at each rate are summed unrounded; half a cent rounds up, once. Raises InterestRefused.
    """
    if due_on < LEGAL_RATES[0][0]:
        raise InterestRefused("Gli interessi legali sono calcolati per scadenze dal 16/12/1990")
    weighted = sum(rate * days for rate, days in _days_by_rate(due_on, paid_on))
    divisor = DAYS_IN_YEAR * 10_000
    return (2 * principal_cents * weighted + divisor) // (2 * divisor)


def _days_by_rate(due_on: date, paid_on: date) -> list[tuple[int, int]]:
    """(rate, days at that rate) of the days after ``due_on`` up to ``paid_on``."""
    ends = [since - timedelta(days=1) for since, _ in LEGAL_RATES[1:]] + [max(paid_on, due_on)]
    parts = []
    for (since, rate), last in zip(LEGAL_RATES, ends, strict=True):
        first = max(since, due_on + timedelta(days=1))
        parts.append((rate, max(0, (min(last, paid_on) - first).days + 1)))
    return parts
