"""Paying by instalments after the term: how many may be granted, when they fall due, when the right is lost. Pure.

Before: a request of the debtor.  After: a plan, or its end.
Source: L. 160/2019 art. 1 c. 796 (numbers, where the body has no rule of its own), c. 797 (the floor for its own rule),
c. 800 (decadence), c. 801 (last day of the month). c. 800 asks for an express reminder: a missed instalment that nobody
was reminded of does not count. The loss is declared by an official, never by the program.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

SOURCE = "L. 160/2019, art. 1 c. 796"


@dataclass(frozen=True, slots=True)
class Band:
    """Debts up to ``upto_cents`` (None: any): between ``fewest`` and ``most`` monthly instalments; 0 is none."""

    upto_cents: int | None
    fewest: int
    most: int


BANDS_796: tuple[Band, ...] = (
    Band(10_000, 0, 0),
    Band(50_000, 2, 4),
    Band(300_000, 5, 12),
    Band(600_000, 13, 24),
    Band(2_000_000, 25, 36),
    Band(None, 37, 72),
)
FLOOR_797_FROM_CENTS = 600_001
FLOOR_797 = 36
_WINDOW_MONTHS = 6
_MISSED = 2


@dataclass(frozen=True, slots=True)
class Missed:
    """An instalment not paid when it fell due; ``reminded_on`` None: nobody asked for it expressly yet."""

    due_on: date
    reminded_on: date | None


def band_of(debt_cents: int, bands: Sequence[Band] = BANDS_796) -> Band:
    """The band of a debt, edges included in the lower one."""
    return next(b for b in bands if b.upto_cents is None or debt_cents <= b.upto_cents)


def breaks_floor(bands: Sequence[Band]) -> bool:
    """c. 797: a body's own rule gives debts above € 6,000 at least 36 months."""
    edges = [b.upto_cents for b in bands]
    above = [
        b
        for b, upto in zip(bands, edges, strict=True)
        if upto is None or upto >= FLOOR_797_FROM_CENTS
    ]
    return any(b.most < FLOOR_797 for b in above)


def due_days(*, first: date, count: int) -> list[date]:
    """c. 801: the last day of each month, from the month of ``first``."""
    months = [first.year * 12 + first.month - 1 + n for n in range(count)]
    return [_last_day(month) for month in months]


def is_lost(missed: Sequence[Missed]) -> bool:
    """c. 800: two instalments, even not one after the other, within six months, each after an express reminder."""
    days = sorted(m.due_on for m in missed if m.reminded_on is not None)
    pairs = zip(days, days[_MISSED - 1 :], strict=False)
    return any(later <= _months_after(earlier) for earlier, later in pairs)


def _months_after(day: date) -> date:
    """The last day of the window that ``day`` opens; a month's last day stays one."""
    last = _last_day(day.year * 12 + day.month - 1 + _WINDOW_MONTHS)
    return (
        last
        if day == _last_day(day.year * 12 + day.month - 1)
        else last.replace(day=min(day.day, last.day))
    )


def _last_day(month: int) -> date:
    year, index = divmod(month, 12)
    return date(year, index + 1, monthrange(year, index + 1)[1])
