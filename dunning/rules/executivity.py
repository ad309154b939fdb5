"""From the day an act is served: when it becomes a title, when it is handed over, when enforcement may begin. Pure.

Before: an act served on a day that is proved.  After: charges (c. 803), default interest (c. 802), the hand-over.
Source: L. 160/2019 art. 1 c. 792, 795, 802; L. 742/1969 art. 1 (1–31 August does not count in the time for an appeal, hence
for taxes only); art. 155 c.p.c. (a term that ends on a Saturday, Sunday or holiday ends on the next working day).
Terms on which readings differ are parameters of the body (``Terms``).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dunning.rules.quiet_hours import is_holiday

_AUGUST = 8
_SATURDAY = 5
_DAY = timedelta(days=1)


class Nature(StrEnum):
    """What is asked for: a tax has the time for an appeal, the rest sixty days from service."""

    TAX = "TRIBUTO"
    PATRIMONIAL = "PATRIMONIALE"


@dataclass(frozen=True, slots=True)
class Terms:
    """Days, and the edges in cents of the c. 795 reminder; each body confirms its own."""

    appeal_days: int = 60
    load_days: int = 30
    suspension_days: int = 180
    same_collector_days: int = 120
    reminder_upto_cents: int = 1_000_000
    reminder_days: int = 30
    small_upto_cents: int = 100_000
    small_days: int = 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one act; ``reminder_wait_days`` is 0 where c. 795 asks for no reminder."""

    last_day: date
    executive_on: date
    load_from: date
    interest_from: date
    enforce_from: date
    reminder_wait_days: int


def calendar_of(
    *, notified_on: date, nature: Nature, debt_cents: int, same_collector: bool, terms: Terms
) -> Calendar:
    """Everything that follows from the day of service."""
    last_day = appeal_deadline(notified_on=notified_on, nature=nature, days=terms.appeal_days)
    executive_on = last_day + _DAY
    load_from = executive_on + timedelta(days=terms.load_days)
    wait = terms.same_collector_days if same_collector else terms.suspension_days
    return Calendar(
        last_day=last_day,
        executive_on=executive_on,
        load_from=load_from,
        interest_from=load_from,
        enforce_from=load_from + timedelta(days=wait),
        reminder_wait_days=reminder_wait_days(debt_cents, terms),
    )


def appeal_deadline(*, notified_on: date, nature: Nature, days: int = 60) -> date:
    """The last useful day; August is left out for taxes, and no term ends on a day of rest."""
    if nature == Nature.PATRIMONIAL:
        return _working(notified_on + timedelta(days=days), closed_month=0)
    day = notified_on
    while days:
        day += _DAY
        days -= day.month != _AUGUST
    return _working(day, closed_month=_AUGUST)


def reminder_wait_days(debt_cents: int, terms: Terms) -> int:
    """c. 795: days between the reminder and enforcement; longer for small debts, none for large ones."""
    if debt_cents <= terms.small_upto_cents:
        return terms.small_days
    return terms.reminder_days if debt_cents <= terms.reminder_upto_cents else 0


def _working(day: date, *, closed_month: int) -> date:
    """The first working day from ``day`` on; a Saturday at the end of July goes over August with it."""
    while day.weekday() >= _SATURDAY or is_holiday(day) or day.month == closed_month:
        day += _DAY
    return day
