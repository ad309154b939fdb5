"""Chapter 9 – certified mail, the second try: a full mailbox is written to again after seven days, once.

Before: a receipt said that the mailbox is full.  After: the item goes back among those ready and its wave sends it, asking
again whether there is still a reason; full a second time, it is left to a person (registered letter).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from dunning.models import Attempt, PecConcern, Wave, WaveItem
from dunning.rules.channels import PEC
from dunning.rules.pec_receipts import FULL_MAILBOX, RETRY_FULL_AFTER
from dunning.selectors.second_tries import failed_again, failed_once
from dunning.services.cascading import WORK
from dunning.services.outcomes import SENDER
from dunning.services.pec_concerns import open_concern
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.queue import enqueue

_FULL = (FULL_MAILBOX,)


def retry_full_mailboxes(*, at: datetime) -> int:
    """Make ready again the items whose mailbox was full seven days ago; full twice, tell somebody. Returns how many go."""
    told = PecConcern.objects.filter(attempt=OuterRef("pk"), kind=PecConcern.Kind.FULL_TWICE)
    for attempt in failed_again(channel=PEC, codes=_FULL).exclude(Exists(told)):
        words = "La casella era piena anche dopo sette giorni: serve una raccomandata."
        open_concern(kind=PecConcern.Kind.FULL_TWICE, attempt=attempt, words=words, at=at)
    due = failed_once(channel=PEC, codes=_FULL).filter(ended_at__lte=at - RETRY_FULL_AFTER)
    return sum(_again(attempt, at) for attempt in due)


@transaction.atomic
def _again(attempt: Attempt, at: datetime) -> bool:
    item = lock_row(WaveItem, attempt.item_id)
    wave = lock_row(Wave, item.wave_id)
    if item.state != WaveItem.State.NOT_REACHED or not _is_last(attempt):
        return False
    item.state, item.reason, item.updated_at = WaveItem.State.READY, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    if wave.state == Wave.State.SENT:
        wave.state, wave.ended_at = Wave.State.SENDING, None
        wave.save(update_fields=["state", "ended_at"])
        subject = f"wave:{wave.uuid}"
        record_audit(
            action="dunning.wave.reopened", actor=SENDER, at=at, subject=subject, why=FULL_MAILBOX
        )
    enqueue(WORK, queue="waves", wave_id=wave.pk)
    return True


def _is_last(attempt: Attempt) -> bool:
    return not attempt.item.attempts.filter(try_number__gt=attempt.try_number).exists()
