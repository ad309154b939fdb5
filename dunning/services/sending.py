"""Chapter 9 – sending: item by item, written down before it leaves, sent outside any transaction, its outcome recorded.

Before: an approved wave that was started.  After: callbacks; reconciliation of what is uncertain.
"""

from datetime import datetime, timedelta

from django.db import transaction

from dunning.channels.protocol import Accepted, Channel, Rejected, SendOutcome
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.refusals import Fault, fault_of
from dunning.services.claiming import Claimed, SendingWay, claim_next
from dunning.services.outcomes import SENDER, News, take_news
from dunning.services.refusals import SendingMustWait
from dunning.services.waves import pause_for_fault
from paybox.kernel.locking import lock_row

MAX_AWAY = 10  # tries of the same item with nobody answering, before a person is asked
LONGEST_WAIT = timedelta(hours=1)


def send_next_items(
    *, wave_id: int, channel: Channel, way: SendingWay, at: datetime, limit: int
) -> int:
    """Treat up to ``limit`` items (sent, refused or skipped). Returns how many; 0 when nothing is left to do.

    Raises SendingMustWait when the hour is not right or the provider is away: what was done is done.
    Never call it inside a transaction: each attempt must be on disk before its message leaves.
    """
    wave = Wave.objects.select_related("service").get(pk=wave_id)
    for done in range(limit):
        claimed = claim_next(wave=wave, way=way, at=at)
        if claimed is None:
            return done
        _refuse_quiet_hours(claimed, way, at)
        if claimed.message is not None:
            _record(wave, claimed, channel.send(claimed.message), at)
    return limit


def _refuse_quiet_hours(claimed: Claimed, way: SendingWay, at: datetime) -> None:
    if claimed.wait and way.hours is not None:
        until = way.hours.next_opening(at)
        raise SendingMustWait("A quest'ora gli SMS non partono", until=until)


def _record(wave: Wave, claimed: Claimed, outcome: SendOutcome, at: datetime) -> None:
    if isinstance(outcome, Rejected):
        fault = fault_of(outcome.code, channel=wave.channel)
        if fault is not Fault.RECIPIENT:
            _put_back(wave, claimed, outcome, fault, at)
            return
    with transaction.atomic():
        take_news(attempt_id=claimed.attempt_id, news=_news(outcome), at=at)


def _news(outcome: SendOutcome) -> News:
    if isinstance(outcome, Accepted):
        return News(DeliveryStatus.ACCETTATO, provider_ref=outcome.provider_ref)
    if isinstance(outcome, Rejected):
        status = DeliveryStatus.FALLITO_PERM if outcome.permanent else DeliveryStatus.FALLITO_TEMP
        return News(
            status, error_code=outcome.code, words=outcome.words, blames_contact=outcome.permanent
        )
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
    wait = min(timedelta(minutes=2 ** (tries - 1)), LONGEST_WAIT)
    raise SendingMustWait(outcome.words, until=at + wait)


def give_back(*, attempt_id: int, code: str, words: str, at: datetime) -> int:
    """Close an attempt that did not leave and make its item ready for another. Returns the tries so far.

    Call inside a transaction.
    """
    attempt = lock_row(Attempt, attempt_id)
    attempt.state, attempt.leased_until, attempt.ended_at = Attempt.State.FAILED_NOW, None, at
    attempt.error_code, attempt.error_words = code, words
    attempt.save()
    item = lock_row(WaveItem, attempt.item_id)
    item.state, item.reason, item.updated_at = WaveItem.State.READY, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    return attempt.try_number
