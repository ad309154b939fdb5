"""Chapter 9 – SMS, the second try: to a telephone that was off, or an operator that had no room, the same message goes once
more, later.

Before: the provider said so, after taking it.  After: the item is ready again and its wave asks anew whether there is still
a reason; failed a second time, the next channel begins (``outcomes``).
"""

from datetime import datetime

from django.db import transaction

from dunning.models import Attempt, WaveItem
from dunning.rules.channels import SMS
from dunning.rules.sms_faults import SECOND_TRY, second_try_after
from dunning.selectors.second_tries import failed_once
from dunning.services.cascading import ready_again
from paybox.kernel.locking import lock_row


def retry_sms(*, at: datetime) -> int:
    """Make ready again what failed once and whose time has come. Returns how many items moved."""
    once = failed_once(channel=SMS, codes=SECOND_TRY)
    return sum(_treat(attempt_id, at) for attempt_id in list(once.values_list("pk", flat=True)))


@transaction.atomic
def _treat(attempt_id: int, at: datetime) -> bool:
    attempt = lock_row(Attempt, attempt_id)
    item = lock_row(WaveItem, attempt.item_id)
    wait = second_try_after(attempt.error_code)
    if item.state != WaveItem.State.NOT_REACHED or attempt.state != Attempt.State.FAILED_NOW:
        return False
    if attempt.ended_at is None or wait is None or at < attempt.ended_at + wait:
        return False
    return ready_again(item, at=at)
