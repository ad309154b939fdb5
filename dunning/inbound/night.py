"""The clock's door on what is done while nobody waits: registers sealed and verified, SMS never heard of, words and traces
of work no longer kept.

Before: beat, once a night.  After: ``services/sealing``, ``services/seal_checks``, ``services/silence``,
``services/retention``, the kernel's ``forgetting``; then App IO is asked what was opened.
"""

from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from dunning.inbound.platform_rounds import readings_round
from dunning.services.retention import forget_courtesy
from dunning.services.seal_checks import check_newest
from dunning.services.sealing import seal_waves
from dunning.services.silence import note_silence
from paybox.kernel.clock import now
from paybox.kernel.forgetting import forget_done
from tenants.services.fan_out import for_each_ente

MONTH = timedelta(days=365.25 / 12)


@shared_task(name="dunning.tidy_by_night")
def tidy_by_night() -> None:
    """For each Ente."""
    for_each_ente(lambda: tidy(at=now()))
    for_each_ente(readings_round)


def tidy(*, at: datetime) -> None:
    """Of the Ente at work."""
    seal_waves(at=at)
    check_newest(at=at)
    note_silence(at=at)
    forget_courtesy(before=at - settings.ENVIRONMENT.courtesy_months * MONTH, at=at)
    days = timedelta(days=settings.ENVIRONMENT.outbox_days)
    forget_done(before=timezone.now() - days)  # the outbox knows only the real clock
