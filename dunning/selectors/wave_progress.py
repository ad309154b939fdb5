"""How far a sending is, and what it waits for when nothing seems to leave: asked by its page while somebody looks on.

Before: a wave in sending or paused.  After: a bar and a sentence; nothing is written.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from dunning.models import Wave, WaveItem
from dunning.rules.channels import SMS
from dunning.rules.quiet_hours import SendingHours
from dunning.selectors.wave_tries import first_tries

_DAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
_LEFT_OUT = (WaveItem.State.EXCLUDED, WaveItem.State.HELD_OUT)


@dataclass(frozen=True, slots=True)
class Progress:
    """People. ``done``: those whose turn has come, whatever came of it; ``waits``: why the others do, when we know."""

    done: int
    total: int
    waits: str

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100


def progress_of(wave: Wave, *, hours: SendingHours | None, at: datetime) -> Progress:
    """``hours``: when SMS may ring; None: always."""
    states = WaveItem.objects.filter(wave=wave).exclude(state__in=_LEFT_OUT).values_list("state")
    found = dict(states.annotate(Count("pk")))
    total = sum(found.values())
    ready = found.get(WaveItem.State.READY, 0)
    done = total - ready - found.get(WaveItem.State.SENDING, 0)
    moving = ready and wave.state == Wave.State.SENDING
    return Progress(done, total, _waits(wave, hours, at) if moving else "")


def _waits(wave: Wave, hours: SendingHours | None, at: datetime) -> str:
    if wave.canary and not wave.canary_at and len(first_tries(wave)) >= wave.canary:
        return f"Sono partiti i primi {wave.canary}: gli altri partono quando si sa com'è andata."
    ringing = WaveItem.objects.filter(wave=wave, state=WaveItem.State.READY, channel=SMS)
    if hours is None or hours.open_at(at) or not ringing.exists():
        return ""
    then = hours.next_opening(at)
    return f"A quest'ora gli SMS non partono: si riprende {_DAYS[then.weekday()]} {then:%d/%m} alle {then:%H:%M}."
