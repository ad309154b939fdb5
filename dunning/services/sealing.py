"""Chapter 9 – sealing: every night what left and what was heard of it is closed, wave by wave, upon the night before.

Before: attempts, and what providers, post and platforms said.  After: ``selectors/wave_proof`` tells whether anything was
dropped, added or changed since. An hour is left to whatever is still being written; what comes later is in the next seal.
"""

from datetime import datetime, timedelta

from django.db import transaction

from dunning.models import SealRound, Wave, WaveSeal
from dunning.rules.wave_seal import SealHead, seal
from dunning.selectors.sealed_facts import sealed_facts, waves_with_news
from dunning.selectors.seals import last_seals, sealed_until
from paybox.kernel.locking import lock_name

LATE = timedelta(hours=1)


def seal_waves(*, at: datetime) -> int:
    """A seal for each wave of the Ente that has news, each in a transaction of its own. Returns how many.

    Broken off, it is finished by the next round; run again, it finds nothing.
    """
    since, until = sealed_until(), at - LATE
    if since is not None and until <= since:
        return 0
    made = [seal_wave(wave_id=pk, until=until, at=at) for pk in waves_with_news(since=since, until=until)]  # fmt: skip
    seals = sum(one is not None for one in made)
    SealRound.objects.create(until_at=until, seals=seals, ended_at=at)
    return seals


@transaction.atomic
def seal_wave(*, wave_id: int, until: datetime, at: datetime) -> WaveSeal | None:
    """The next seal of one wave, up to ``until`` excluded. None when there is nothing new."""
    lock_name(f"dunning.seal/{wave_id}")
    wave = Wave.objects.only("uuid").get(pk=wave_id)
    last = last_seals([wave]).first()
    head = _head(wave, last, until)
    if last and last.until_at >= until:
        return None
    found = seal(head, sealed_facts(wave_id, since=head.since, until=until))
    if not found.messages and not found.events:
        return None
    return WaveSeal.objects.create(
        wave=wave, number=head.number, since_at=head.since, until_at=until, messages=found.messages,
        events=found.events, previous=head.previous, sha256=found.sha256, sealed_at=at,
    )  # fmt: skip


def _head(wave: Wave, last: WaveSeal | None, until: datetime) -> SealHead:
    if last is None:
        return SealHead(wave.uuid, 1, None, until, "")
    return SealHead(wave.uuid, last.number + 1, last.until_at, until, last.sha256)
