"""Chapter 9 – sending: item by item, written down before it leaves, sent outside any transaction, its outcome recorded.

Before: an approved wave that was started.  After: callbacks; reconciliation of what is uncertain.
"""

import time
from datetime import datetime, timedelta

from django.db import transaction

from dunning.channels.protocol import Accepted, Channel, Rejected, SendOutcome
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.channels import LETTER, SMS
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.refusals import Fault, fault_of
from dunning.rules.sms_faults import Remedy, sms_fault
from dunning.services.claiming import Claimed, claim_next
from dunning.services.outcomes import SENDER, News, take_news
from dunning.services.refusals import SendingMustWait
from dunning.services.watching import stop_if_wrong
from dunning.services.waves import pause_for_fault
from dunning.services.way import SendingWay
from paybox.kernel.locking import lock_row

LOOK_EVERY = 5  # messages between two looks at how the wave is going
MAX_AWAY = 10  # tries of the same item with nobody answering, before a person is asked
LONGEST_WAIT = timedelta(hours=1)
SHORT_SECONDS = 2.0  # a turn this near is waited for; a farther one gives the worker back


def send_next_items(
    *, wave_id: int, channel: Channel, way: SendingWay, at: datetime, limit: int
) -> int:
    """Treat up to ``limit`` items of that channel (sent, refused or skipped). Returns how many; 0 when none is left.

    Raises SendingMustWait when the hour is not right, the turn is far or the provider is away: what was done is done.
    Never call it inside a transaction: each attempt must be on disk before its message leaves.
    """
    wave = _wave(wave_id)
    for done in range(limit):
        if done % LOOK_EVERY == 0 and stop_if_wrong(wave_id=wave_id, at=at):
            return done
        _wait_turn(way, at)
        claimed = claim_next(wave=wave, channel=channel.name, way=way, at=at)
        if claimed is None:
            return done
        _refuse_quiet_hours(claimed, way, at)
        if claimed.message is not None:
            _record(wave, channel.name, claimed, channel.send(claimed.message), at)
    return limit


def set_letters_aside(*, wave_id: int, way: SendingWay, at: datetime, limit: int) -> int:
    """Check again up to ``limit`` items that go on paper and leave them ready to be printed. Returns how many."""
    wave = _wave(wave_id)
    for done in range(limit):
        if claim_next(wave=wave, channel=LETTER, way=way, at=at) is None:
            return done
    return limit


def _wave(wave_id: int) -> Wave:
    return Wave.objects.select_related("service", "step__policy").get(pk=wave_id)


def _wait_turn(way: SendingWay, at: datetime) -> None:
    seconds = way.turn()
    while 0 < seconds <= SHORT_SECONDS:
        time.sleep(seconds)
        seconds = way.turn()
    if seconds:
        until = at + timedelta(seconds=seconds)
        raise SendingMustWait("Il fornitore accetta meno messaggi al secondo", until=until)


def _refuse_quiet_hours(claimed: Claimed, way: SendingWay, at: datetime) -> None:
    if claimed.wait and way.hours is not None:
        until = way.hours.next_opening(at)
        raise SendingMustWait("A quest'ora gli SMS non partono", until=until)


def _record(wave: Wave, channel: str, claimed: Claimed, outcome: SendOutcome, at: datetime) -> None:
    if isinstance(outcome, Rejected):
        fault = fault_of(outcome.code, channel=channel)
        if fault is not Fault.RECIPIENT:
            _put_back(wave, claimed, outcome, fault, at)
            return
    with transaction.atomic():
        take_news(attempt_id=claimed.attempt_id, news=_news(channel, outcome), at=at)


def _news(channel: str, outcome: SendOutcome) -> News:
    if isinstance(outcome, Accepted):
        return News(DeliveryStatus.ACCETTATO, provider_ref=outcome.provider_ref)
    if isinstance(outcome, Rejected):
        status = DeliveryStatus.FALLITO_PERM if outcome.permanent else DeliveryStatus.FALLITO_TEMP
        opted_out = channel == SMS and sms_fault(outcome.code).remedy is Remedy.SUPPRESS
        return News(
            status, error_code=outcome.code, words=outcome.words, blames_contact=outcome.permanent,
            opted_out=opted_out,
        )  # fmt: skip
    return News(DeliveryStatus.INCERTO, words=outcome.words)


def _put_back(wave: Wave, claimed: Claimed, outcome: Rejected, fault: Fault, at: datetime) -> None:
    """It certainly did not leave, and not for the person's fault: the item is ready again."""
    with transaction.atomic():
        tries = give_back(
            attempt_id=claimed.attempt_id, code=outcome.code, words=outcome.words, at=at
        )
        if fault is Fault.OURS or tries >= MAX_AWAY:
            pause_for_fault(wave_id=wave.pk, words=outcome.words, actor=SENDER, at=at)
            return
    asked = timedelta(seconds=outcome.wait_seconds)
    wait = asked or min(timedelta(minutes=2 ** (tries - 1)), LONGEST_WAIT)
    raise SendingMustWait(outcome.words, until=at + wait)


def give_back(*, attempt_id: int, code: str, words: str, at: datetime) -> int:
    """Close an attempt that did not leave and make its item ready for another. Returns the tries so far.

    The step is given back too, unless an earlier message of this item left: it counts only when something leaves.
    Call inside a transaction.
    """
    attempt = lock_row(Attempt, attempt_id)
    attempt.state, attempt.leased_until, attempt.ended_at = Attempt.State.FAILED_NOW, None, at
    attempt.error_code, attempt.error_words = code, words
    attempt.save()
    item = lock_row(WaveItem, attempt.item_id)
    item.state, item.reason, item.updated_at = WaveItem.State.READY, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    if not item.rung:
        item.steps_taken.all().delete()
    return attempt.try_number
