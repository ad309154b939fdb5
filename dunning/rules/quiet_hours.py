"""When an SMS may ring: from 9 to 20, Monday to Saturday, never on a holiday, by the clock of
Italy.

Before: an instant and the patron's day of the Comune.  After: ``eligibility``; a wave that waits
asks when to resume. No law fixes these hours for service messages: they are the body's courtesy,
hence a parameter. Those of telephone calls are in ``phone_limits``.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
_SATURDAY = 5
_MONTHS = ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic")
_DAY = re.compile(rf"\b(\d{{1,2}})(?:º|°)?[\s/.-]+(\d{{1,2}}\b|(?:{'|'.join(_MONTHS)})[a-z]*)")


@dataclass(frozen=True, slots=True)
class SendingHours:
    """``weekdays`` counts Monday as 0; ``patron`` is (month, day) of the local holiday, when there
    is one; ``saturday_closes`` when Saturday ends earlier.
    """

    opens: time = time(9)
    closes: time = time(20)
    weekdays: frozenset[int] = frozenset(range(6))
    patron: tuple[int, int] | None = None
    saturday_closes: time | None = None

    def open_on(self, day: date) -> bool:
        """Whether messages leave at all on ``day``."""
        return (
            day.weekday() in self.weekdays
            and (day.month, day.day) != self.patron
            and not is_holiday(day)
        )

    def open_at(self, at: datetime) -> bool:
        """Whether a message may leave at ``at`` (aware, any zone)."""
        local = at.astimezone(ROME)
        return self.open_on(local.date()) and self.opens <= local.time() < self._end(local.date())

    def left(self, at: datetime, *, most: timedelta) -> timedelta:
        """How long the operator may go on trying a message that leaves at ``at``, ``most`` at most: nothing rings after
        closing time. Outside these hours what leaves was asked for by who waits for it.
        """
        if not self.open_at(at):
            return most
        day = at.astimezone(ROME).date()
        return min(most, datetime.combine(day, self._end(day), tzinfo=ROME) - at)

    def next_opening(self, at: datetime) -> datetime:
        """``at`` itself when open, else the next instant, in Rome's zone, at which messages may
        leave.
        """
        local = at.astimezone(ROME)
        if self.open_at(local):
            return local
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        while not self.open_on(day):
            day += timedelta(days=1)
        return datetime.combine(day, self.opens, tzinfo=ROME)

    def _end(self, day: date) -> time:
        return (self.saturday_closes or self.closes) if day.weekday() == _SATURDAY else self.closes


def patron_day(words: str) -> tuple[int, int] | None:
    """The (month, day) in ``24/6``, ``24 giugno`` or ``San Giovanni, 24 giugno``; None when no day is named."""
    found = _DAY.search(words.lower())
    if not found:
        return None
    day, month = int(found[1]), found[2]
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    return (number, day) if 1 <= number <= 12 and 1 <= day <= 31 else None


def is_holiday(day: date) -> bool:
    """Whether ``day`` is a national holiday in Italy."""
    return day in _holidays_of(day.year)


@lru_cache(maxsize=8)
def _holidays_of(year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays("IT", years=year))
