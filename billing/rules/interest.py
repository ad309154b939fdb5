"""Legal interest: the dated table and the sum, day by day. Pure.

Before: an unpaid principal.  After: acts that charge it as a line of its own.
Source: art. 1284 c.c. and the yearly decrees. Where no decree comes by 15 December the rate stays as it is, so the
last line of the table holds until a newer one is added.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from billing.rules.dated import Dated, share
from paybox.kernel.problems import Refused

DAYS_IN_YEAR = 365  # also in leap years, as is the practice
_ARTICLE = "art. 1284 c.c."


def _rate(year: int, hundredths: int, decree: str = "") -> Dated[int]:
    """From 1 January; ``hundredths`` of a percent."""
    return Dated(date(year, 1, 1), hundredths, f"{_ARTICLE}, {decree}" if decree else _ARTICLE)


LEGAL_RATES: tuple[Dated[int], ...] = (
    Dated(date(1990, 12, 16), 1000, _ARTICLE),
    _rate(1997, 500),
    _rate(1999, 250),
    _rate(2001, 350),
    _rate(2002, 300),
    _rate(2004, 250),
    _rate(2008, 300),
    _rate(2010, 100, "D.M. 4/12/2009"),
    _rate(2011, 150, "D.M. 7/12/2010"),
    _rate(2012, 250, "D.M. 12/12/2011"),
    _rate(2014, 100, "D.M. 12/12/2013"),
    _rate(2015, 50, "D.M. 11/12/2014"),
    _rate(2016, 20, "D.M. 11/12/2015"),
    _rate(2017, 10, "D.M. 7/12/2016"),
    _rate(2018, 30, "D.M. 13/12/2017"),
    _rate(2019, 80, "D.M. 12/12/2018"),
    _rate(2020, 5, "D.M. 12/12/2019"),
    _rate(2021, 1, "D.M. 11/12/2020"),
    _rate(2022, 125, "D.M. 13/12/2021"),
    _rate(2023, 500, "D.M. 13/12/2022"),
    _rate(2024, 250, "D.M. 29/11/2023"),
    _rate(2025, 200, "D.M. 10/12/2024"),
    _rate(2026, 160, "D.M. 10/12/2025"),
)


class InterestRefused(Refused):
    """The table does not reach that far back."""


@dataclass(frozen=True, slots=True)
class Part:
    """The days at one rate, first and last included; ``rate`` in hundredths of a percent."""

    since: date
    until: date
    rate: int
    source: str

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


def legal_interest_cents(*, principal_cents: int, due_on: date, paid_on: date) -> int:
    """Simple interest on ``principal_cents`` from the day after ``due_on`` to ``paid_on`` included, in cents.

    The parts at each rate are summed unrounded; half a cent rounds up, once. Raises InterestRefused.
    """
    return interest_on([(due_on, principal_cents)], paid_on=paid_on)


def interest_on(debts: Iterable[tuple[date, int]], *, paid_on: date) -> int:
    """The same on several sums, each (the day it fell due, cents) from its own day; rounded once, on the whole.

    Raises InterestRefused.
    """
    weighted = sum(
        cents * part.rate * part.days
        for due_on, cents in debts
        for part in interest_parts(principal_cents=cents, due_on=due_on, paid_on=paid_on)
    )
    return share(weighted, numerator=1, denominator=DAYS_IN_YEAR * 10_000)


def interest_parts(*, principal_cents: int, due_on: date, paid_on: date) -> list[Part]:
    """The days after ``due_on`` up to ``paid_on``, rate by rate; none without principal or delay.

    Raises InterestRefused.
    """
    if due_on < LEGAL_RATES[0].since:
        raise InterestRefused("Gli interessi legali sono calcolati per scadenze dal 16/12/1990")
    ends = [rate.since - timedelta(days=1) for rate in LEGAL_RATES[1:]] + [max(paid_on, due_on)]
    parts = [
        Part(
            max(rate.since, due_on + timedelta(days=1)), min(last, paid_on), rate.value, rate.source
        )
        for rate, last in zip(LEGAL_RATES, ends, strict=True)
    ]
    return [part for part in parts if part.days > 0] if principal_cents else []
