"""Chapter 9 – watching: a wave stops by itself when it goes wrong, when its first messages went wrong, when payments are unknown.

Before: every message about to be claimed.  After: sending goes on, or the wave is paused with its reason in words.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from dunning.models import Attempt, Wave
from dunning.rules.app_io import SAYS_NOTHING
from dunning.rules.breaker import LOOKED_AT, Verdict, broken, canary_verdict
from dunning.rules.refusals import NEVER_LEFT, Fault, fault_of
from dunning.selectors.freshness import stale_collections, stale_words
from dunning.services.outcomes import SENDER
from dunning.services.refusals import SendingMustWait
from dunning.services.waves import pause_for_fault

SOON = timedelta(minutes=1)
_FAILED = (Attempt.State.FAILED, Attempt.State.FAILED_NOW)
_OPEN = (Attempt.State.CREATED, Attempt.State.SENDING)
_UNDECIDED = (*_OPEN, Attempt.State.ACCEPTED, Attempt.State.SENT, Attempt.State.UNCERTAIN)
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
    return max(1, wave.canary - len(_told(_tried(wave).order_by("pk"))[: wave.canary]))


def _stale(wave: Wave, at: datetime) -> str:
    if wave.kind != Wave.Kind.REMINDER or wave.despite:
        return ""
    heard = stale_collections(at=at)
    return stale_words(heard) if heard else ""


def _canary(wave: Wave, at: datetime) -> str:
    """The first ``wave.canary`` messages of a large wave, before all the others."""
    if not wave.canary or wave.canary_at:
        return ""
    tried = _told(_tried(wave).order_by("pk"))[: wave.canary]
    if len(tried) < wave.canary:
        return ""
    verdict = canary_verdict(
        failed=sum(attempt.state in _FAILED for attempt in tried),
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
    ended = _tried(wave).filter(created_at__gte=since).exclude(state__in=_OPEN)
    newest = _told(ended.order_by("-pk"))
    return BROKEN if broken([attempt.state in _FAILED for attempt in newest]) else ""


def _tried(wave: Wave) -> QuerySet[Attempt]:
    columns = ("state", "created_at", "error_code", "channel")
    return Attempt.objects.filter(item__wave=wave).only(*columns)


def _told(attempts: QuerySet[Attempt]) -> list[Attempt]:
    """Without those that never left for a fault on our side of the wire: their items are waiting again."""
    return [attempt for attempt in attempts[:LOOKED_AT] if _says_something(attempt)]


def _says_something(attempt: Attempt) -> bool:
    if attempt.state not in _FAILED:
        return True
    code = attempt.error_code
    if code == NEVER_LEFT or code in SAYS_NOTHING:
        return False
    return fault_of(code, channel=attempt.channel) is Fault.RECIPIENT
