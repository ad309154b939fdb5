"""Now and today, Europe/Rome. In the demo and in tests the clock can be moved; production refuses to."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone

from paybox.kernel.problems import Refused

ROME = ZoneInfo("Europe/Rome")
_KEY = "clock-offset-seconds"


class ClockRefused(Refused):
    """The clock cannot be moved here."""


def now() -> datetime:
    """The instant, aware, in UTC."""
    real = timezone.now()
    return real + _offset() if settings.MOVABLE_CLOCK else real


def today() -> date:
    """The day in Italy."""
    return now().astimezone(ROME).date()


def move_clock_to(day: date) -> None:
    """Move every process of this installation to ``day`` (same hour). Raises ClockRefused in production."""
    if not settings.MOVABLE_CLOCK:
        raise ClockRefused("L'orologio non si può spostare in produzione")
    real = timezone.now()
    wanted = datetime.combine(day, real.astimezone(ROME).time(), ROME).astimezone(UTC)
    caches["platform"].set(_KEY, (wanted - real).total_seconds(), None)


def reset_clock() -> None:
    """Back to the real time."""
    caches["platform"].delete(_KEY)


def _offset() -> timedelta:
    return timedelta(seconds=caches["platform"].get(_KEY) or 0)
