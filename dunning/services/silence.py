"""Chapter 9 – silence: an SMS of which the operator has said nothing for days is not awaited any more.

Before: every night.  After: «nessuna conferma di consegna»; a confirmation that comes after all is still believed.
"""

from datetime import datetime, timedelta

from django.db import transaction

from dunning.models import Attempt
from dunning.rules.channels import SMS
from dunning.rules.delivery import DeliveryStatus
from dunning.services.outcomes import News, take_news

AWAITED = timedelta(days=3)  # the operator itself gives up after hours


def note_silence(*, at: datetime) -> int:
    """Close the SMS that were taken more than three days ago and never heard of. Returns how many."""
    taken = [Attempt.State.ACCEPTED, Attempt.State.SENT]
    silent = Attempt.objects.filter(channel=SMS, state__in=taken, sent_at__lt=at - AWAITED)
    keys = list(silent.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        with transaction.atomic():
            take_news(attempt_id=key, news=News(DeliveryStatus.SCADUTO), at=at)
    return len(keys)
