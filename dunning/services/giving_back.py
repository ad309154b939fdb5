"""Chapter 9 – giving back: an attempt that certainly did not leave is closed, and its item is ready for another.

Before: a provider that is away, a wave stopped between two handfuls, a look-up that found nothing.  After: ``claiming``.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from dunning.models import Attempt, WaveItem
from dunning.rules.refusals import NEVER_LEFT
from paybox.kernel.locking import lock_row

_STOPPED = "L'invio si è fermato prima che questo messaggio partisse."


def give_back(*, attempt_id: int, code: str, words: str, at: datetime) -> int:
    """Close an attempt that did not leave and make its item ready for another. Returns the tries so far.

    The step is given back too, unless an earlier message of this item left: it counts only when something leaves.
    Call inside a transaction.
    """
    attempt = lock_row(Attempt, attempt_id)
    attempt.state, attempt.leased_until, attempt.ended_at = Attempt.State.FAILED_NOW, None, at
    attempt.error_code, attempt.error_words, attempt.still_here = code, words, False
    attempt.save()
    item = lock_row(WaveItem, attempt.item_id)
    item.state, item.reason, item.updated_at = WaveItem.State.READY, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    if not item.rung:
        item.steps_taken.all().delete()
    return attempt.try_number


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
