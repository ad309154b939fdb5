"""Chapter 9 – giving back: an attempt that certainly did not leave is closed, and its item is ready for another.

Before: a provider that is away, a wave stopped between two handfuls, a look-up that found nothing.  After: ``claiming``.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from dunning.models import Attempt, WaveItem
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.refusals import NEVER_LEFT
from dunning.services.cascading import is_given_up
from paybox.kernel.locking import lock_row

_STOPPED = "L'invio si è fermato prima che questo messaggio partisse."


def give_back(*, attempt_id: int, code: str, words: str, at: datetime) -> int:
    """Close an attempt that did not leave and make its item ready for another, unless its wave was cancelled meanwhile.

    Returns the tries so far. The step is given back too, unless an earlier message of this item left: it counts only when something leaves.
    Call inside a transaction.
    """
    attempt = lock_row(Attempt, attempt_id)
    attempt.state, attempt.leased_until, attempt.ended_at = Attempt.State.FAILED_NOW, None, at
    attempt.error_code, attempt.error_words, attempt.still_here = code, words, False
    attempt.save()
    item = lock_row(WaveItem, attempt.item_id)
    item.state, item.reason = _where_it_waits(item.wave_id)
    item.updated_at = at
    item.save(update_fields=["state", "reason", "updated_at"])
    if not _earlier_left(item, attempt):
        item.steps_taken.all().delete()
    return attempt.try_number


def _earlier_left(item: WaveItem, attempt: Attempt) -> bool:
    earlier = item.attempts.filter(try_number__lt=attempt.try_number)
    return earlier.exclude(state=Attempt.State.FAILED_NOW, sent_at=None).exists()


def _where_it_waits(wave_id: int) -> tuple[str, str]:
    """State and reason. A wave that is being cancelled is waited for: it does not see this item yet."""
    if is_given_up(wave_id):
        return WaveItem.State.SKIPPED, ExclusionReason.ANNULLATA.value
    return WaveItem.State.READY, ""


@transaction.atomic
def give_back_unsent(*, attempt_ids: Collection[int], at: datetime) -> int:
    """Of these, what was claimed and never handed over. Returns how many."""
    unsent = unsent_of(attempt_ids)
    for attempt_id in unsent:
        give_back(attempt_id=attempt_id, code=NEVER_LEFT, words=_STOPPED, at=at)
    return len(unsent)


def unsent_of(attempt_ids: Collection[int]) -> list[int]:
    """Locked. Call inside a transaction."""
    still = Attempt.objects.filter(pk__in=attempt_ids, state=Attempt.State.SENDING, still_here=True)
    return list(still.select_for_update().order_by("pk").values_list("pk", flat=True))
