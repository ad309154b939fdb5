"""The clock's door on what did not pass for now: every few minutes, for each Ente, whose turn has come again.

Before: beat.  After: ``services/mail_retries``, ``sms_retries``; certified mail has its own round (``pec_rounds``).
"""

from datetime import datetime

from celery import shared_task

from dunning.services.mail_retries import retry_mail
from dunning.services.sms_retries import retry_sms
from paybox.kernel.clock import now
from tenants.services.fan_out import for_each_ente


@shared_task(name="dunning.retry_messages")
def retry_messages() -> None:
    """One round over all the Enti."""
    for_each_ente(lambda: retry_round(at=now()))


def retry_round(*, at: datetime) -> int:
    """Of the Ente at work. Returns how many items moved."""
    return retry_mail(at=at) + retry_sms(at=at)
