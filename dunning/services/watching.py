"""Chapter 9 – watching: a wave stops by itself when it goes wrong, when its first messages went wrong, when payments are unknown.

Before: every message about to be claimed.  After: sending goes on, or the wave is paused with its reason in words.
"""

from datetime import datetime, timedelta

from django.db import transaction

from dunning.models import Attempt, Wave
from dunning.rules.breaker import Verdict, broken, canary_verdict
from dunning.selectors.freshness import stale_collections, stale_words
from dunning.selectors.wave_tries import FAILED, STILL_HERE, first_tries, newest_tries
from dunning.services.outcomes import SENDER
from dunning.services.refusals import SendingMustWait
from dunning.services.waves import pause_for_fault

SOON = timedelta(minutes=1)
_UNDECIDED = (*STILL_HERE, Attempt.State.ACCEPTED, Attempt.State.SENT, Attempt.State.UNCERTAIN)
BROKEN = "Troppi messaggi non arrivano: controllare gli esiti prima di riprendere"
BAD_START = "I primi messaggi non sono arrivati: controllare gli esiti prima di riprendere"


def stop_if_wrong(*, wave_id: int, at: datetime) -> bool:
    """True when the wave is paused now. Raises SendingMustWait while the first messages' receipts are awaited."""
    wave = Wave.objects.get(pk=wave_id)
    if wave.state != Wave.State.SENDING:
        return False
    words = _stale(wave, at) or _canary(wave, at) or _breaker(wave)
    if words:
        with transaction.atomic():
            pause_for_fault(wave_id=wave_id, words=words, actor=SENDER, at=at)
    return bool(words)


def first_ones_left(wave_id: int) -> int | None:
    """How many of the first messages may still leave before their receipts are looked at; None when that is over."""
    wave = Wave.objects.get(pk=wave_id)
    if not wave.canary or wave.canary_at:
        return None
    return max(1, wave.canary - len(first_tries(wave)))


def _stale(wave: Wave, at: datetime) -> str:
    if wave.kind != Wave.Kind.REMINDER or wave.despite:
        return ""
    heard = stale_collections(at=at)
    return stale_words(heard) if heard else ""


def _canary(wave: Wave, at: datetime) -> str:
    """The first ``wave.canary`` messages of a large wave, before all the others."""
    if not wave.canary or wave.canary_at:
        return ""
    tried = first_tries(wave)
    if len(tried) < wave.canary:
        return ""
    verdict = canary_verdict(
        failed=sum(attempt.state in FAILED for attempt in tried),
        undecided=sum(attempt.state in _UNDECIDED for attempt in tried),
        total=wave.canary,
        waited=at - max(attempt.created_at for attempt in tried),
    )
    if verdict is Verdict.WAIT:
        raise SendingMustWait("Si attendono le ricevute dei primi messaggi", until=at + SOON)
    if verdict is Verdict.GO:
        Wave.objects.filter(pk=wave.pk).update(canary_at=at)
    return BAD_START if verdict is Verdict.STOP else ""


def _breaker(wave: Wave) -> str:
    """Counted from the last time somebody looked and resumed."""
    since = wave.resumed_at or wave.created_at
    newest = newest_tries(wave, since=since)
    return BROKEN if broken([attempt.state in FAILED for attempt in newest]) else ""
