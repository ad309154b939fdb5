"""The clock's door on what is done while nobody waits: SMS never heard of, words no longer kept.

Before: beat, once a night.  After: ``services/silence``, ``services/retention``.
"""

from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings

from dunning.services.retention import forget_courtesy
from dunning.services.silence import note_silence
from paybox.kernel.clock import now
from tenants.services.fan_out import for_each_ente

MONTH = timedelta(days=365.25 / 12)


@shared_task(name="dunning.tidy_by_night")
def tidy_by_night() -> None:
    """For each Ente."""
    for_each_ente(lambda: tidy(at=now()))


def tidy(*, at: datetime) -> None:
    """Of the Ente at work."""
    note_silence(at=at)
    forget_courtesy(before=at - settings.ENVIRONMENT.courtesy_months * MONTH, at=at)
