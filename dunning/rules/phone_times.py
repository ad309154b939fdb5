"""The best moment for the next try: where she answered before, else where nobody has tried. Pure.

Before: how the calls so far ended.  After: the call list shows when; the limits are asked again at that moment.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dunning.rules.quiet_hours import ROME, SendingHours

BANDS = ((time(8, 30), "mattina"), (time(12), "mezzogiorno"), (time(15), "pomeriggio"), (time(18), "sera"))  # fmt: skip
_DAYS = 10


@dataclass(frozen=True, slots=True)
class Tried:
    """One call. ``answered``: somebody of the house took it."""

    at: datetime
    answered: bool


def band_of(at: datetime) -> int:
    """0 morning, 1 midday, 2 afternoon, 3 evening, by the clock of Rome."""
    local = at.astimezone(ROME).time()
    return max((n for n, (starts, _) in enumerate(BANDS) if local >= starts), default=0)


def best_band(tried: Sequence[Tried]) -> int | None:
    """The band of the last answer, else the one tried least, the earliest first; None when nothing was tried."""
    if not tried:
        return None
    answered = [one for one in sorted(tried, key=lambda t: t.at) if one.answered]
    if answered:
        return band_of(answered[-1].at)
    count = Counter(band_of(one.at) for one in tried)
    return min(range(len(BANDS)), key=lambda n: (count[n], n))


def best_moment(
    tried: Sequence[Tried], *, not_before: datetime, hours: SendingHours | None
) -> datetime:
    """The first instant from ``not_before`` on within the best band and the hours."""
    band = best_band(tried)
    if band is None or (band_of(not_before) == band and _open(not_before, hours)):
        return hours.next_opening(not_before) if hours else not_before
    first = not_before.astimezone(ROME).date()
    for day in (first + timedelta(days=n) for n in range(_DAYS)):
        moment = _start(day, band)
        if moment >= not_before and _open(moment, hours):
            return moment
    return hours.next_opening(not_before) if hours else not_before


def _start(day: date, band: int) -> datetime:
    return datetime.combine(day, BANDS[band][0], tzinfo=ROME)


def _open(at: datetime, hours: SendingHours | None) -> bool:
    return hours is None or hours.open_at(at)
