"""The door of the waves: a chunk on each channel of the cascade, a few seconds at a time, then the next Ente's turn.

Before: the outbox rings.  After: ``services/sending``; when nothing is left to take, what is uncertain is looked up and the
wave is closed, or asked for again.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from dunning.inbound.channels import channel_for
from dunning.inbound.ways import sending_way
from dunning.models import Wave
from dunning.rules.channels import LETTER
from dunning.selectors.wave_tries import in_doubt
from dunning.services.cascading import WORK
from dunning.services.outcomes import SENDER
from dunning.services.reconciling import reconcile_attempts
from dunning.services.refusals import SendingMustWait
from dunning.services.sending import send_next_items, set_letters_aside
from dunning.services.waves import finish_wave
from paybox.kernel.clock import now
from paybox.kernel.queue import enqueue
from tenants.models import Ente
from tenants.selectors.enti import ente_at_work

CHUNK = 2_000
SLICE_SECONDS = 5.0  # then the next Ente's turn; a claim under way is finished first
LOOK_AGAIN = timedelta(minutes=5)


def send_in_slices(*, wave_id: int) -> None:
    """Send one chunk of a wave and ask for the next, until every item has ended. Nothing leaves unless it is in sending;
    of one that was cancelled, what nobody knows the end of is still looked up.
    """
    wave, ente = Wave.objects.get(pk=wave_id), ente_at_work()
    if wave.state == Wave.State.CANCELLED:
        _settle(wave, ente)
    if wave.state != Wave.State.SENDING:
        return
    more, waits, enough = False, [], _slice_of_time()
    for name in wave.channels:  # down the cascade: what fails on one is ready for the next
        try:
            more |= _send_chunk(wave, name, ente, enough) == CHUNK or enough()
        except SendingMustWait as wait:
            waits.append(wait.until)
    if more:
        _ring(wave_id)
    elif waits:
        _ring(wave_id, after=min(waits) - now())
    else:
        _conclude(wave, ente)


def _slice_of_time() -> Callable[[], bool]:
    started = time.monotonic()
    return lambda: time.monotonic() - started > SLICE_SECONDS


def _send_chunk(wave: Wave, name: str, ente: Ente, enough: Callable[[], bool]) -> int:
    """One channel's share: how many items were treated."""
    way = sending_way(ente, name)
    if name == LETTER:
        return set_letters_aside(wave_id=wave.pk, way=way, at=now(), limit=CHUNK)
    channel = channel_for(name, service_id=wave.service_id)
    return send_next_items(
        wave_id=wave.pk, channel=channel, way=way, at=now(), limit=CHUNK, enough=enough
    )


def _conclude(wave: Wave, ente: Ente) -> None:
    """Nothing is left to take: look up what is uncertain, then close or come back."""
    wave_id = wave.pk
    _look_up(wave, ente)
    if not finish_wave(wave_id=wave_id, actor=SENDER, at=now()):
        waiting = Wave.objects.filter(pk=wave_id, items__state="PRONTO").exists()
        _ring(wave_id, after=timedelta(0) if waiting else LOOK_AGAIN)


def _settle(wave: Wave, ente: Ente) -> None:
    """Until nothing is in doubt."""
    if in_doubt(wave.pk):
        _look_up(wave, ente)
    if in_doubt(wave.pk):
        _ring(wave.pk, after=LOOK_AGAIN)


def _look_up(wave: Wave, ente: Ente) -> None:
    for name in wave.channels:
        if name != LETTER:
            channel = channel_for(name, service_id=wave.service_id)
            way = sending_way(ente, name)
            reconcile_attempts(wave_id=wave.pk, channel=channel, way=way, at=now())


def _ring(wave_id: int, *, after: timedelta = timedelta(0)) -> None:
    """``after`` is counted on the real clock, which is the queue's."""
    with transaction.atomic():
        at = timezone.now() + after if after else None
        enqueue(WORK, queue="waves", after=at, wave_id=wave_id)
