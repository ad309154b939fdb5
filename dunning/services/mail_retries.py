"""Chapter 9 – e-mail, the tries: what a server did not take for now goes again, for two days; then the next channel.

Before: a temporary failure, said at once or reported later.  After: the item is ready again and its wave asks anew whether
there is still a reason; or the failure is for good and the cascade goes on.
"""

from datetime import datetime

from django.db import transaction

from dunning.models import Attempt, WaveItem
from dunning.rules.channels import EMAIL
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.mail_retries import GIVE_UP_AFTER, WAITS, next_try
from dunning.selectors.second_tries import failed_last
from dunning.services.cascading import ready_again
from dunning.services.outcomes import News, take_news
from paybox.kernel.locking import lock_row

GIVEN_UP = "RIPROVATO"


def retry_mail(*, at: datetime) -> int:
    """Make ready again what is due, give up what was tried for two days. Returns how many items moved."""
    failed = failed_last(channel=EMAIL).filter(ended_at__lte=at - WAITS[0])
    return sum(_treat(attempt_id, at) for attempt_id in list(failed.values_list("pk", flat=True)))


@transaction.atomic
def _treat(attempt_id: int, at: datetime) -> bool:
    attempt = lock_row(Attempt, attempt_id)
    item = lock_row(WaveItem, attempt.item_id)
    tries = list(item.attempts.filter(channel=EMAIL).order_by("try_number"))
    last = item.attempts.order_by("-try_number").values_list("pk", flat=True)[0]
    if item.state != WaveItem.State.NOT_REACHED or attempt.pk != last or attempt.ended_at is None:
        return False
    first_at = tries[0].created_at
    if at >= first_at + GIVE_UP_AFTER:
        return _give_up(attempt, at)
    again = next_try(first_at=first_at, failed_at=attempt.ended_at, tries=len(tries))
    if again is None or at < again:
        return False
    ready_again(item, at=at)
    return True


def _give_up(attempt: Attempt, at: datetime) -> bool:
    """The address is not blamed: it is its server that did not answer, or its owner who was away."""
    words = f"Riprovato per 48 ore. {attempt.error_words}".strip()
    news = News(DeliveryStatus.FALLITO_PERM, error_code=GIVEN_UP, words=words)
    take_news(attempt_id=attempt.pk, news=news, at=at)
    return True
