"""The clock's door on certified mail: every minute, for each Ente, what arrived and what should have.

Before: beat.  After: ``services/pec_polling``, ``pec_concerns``, ``pec_retries``.
"""

import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings

from dunning.channels.pec_account import PecAccount
from dunning.channels.pec_mailbox import MailboxAway
from dunning.inbound.pec_box import account_of, trusted_certifiers
from dunning.services.pec_concerns import watch_pec
from dunning.services.pec_polling import CHUNK, poll_pec
from dunning.services.pec_retries import retry_full_mailboxes
from paybox.kernel.clock import now
from paybox.kernel.queue import current_schema
from paybox.kernel.rounds import reading_alone, turn_over
from tenants.services.fan_out import for_each_ente

log = logging.getLogger(__name__)


@shared_task(name="dunning.read_pec")
def read_pec() -> None:
    """One round over all the Enti."""
    for_each_ente(pec_round)


def _read_all(account: PecAccount, at: datetime) -> None:
    """Two receipts come back for each PEC: a large wave fills the mailbox faster than one chunk a minute."""
    bundle, enough = trusted_certifiers(), turn_over()
    with reading_alone(f"pec/{account.address}") as mine:
        while mine and poll_pec(account=account, bundle=bundle, at=at, limit=CHUNK) == CHUNK:
            if enough():
                return


def pec_round() -> None:
    """Of the Ente at work: read its mailbox, then look at what is late. A mailbox that is away stops neither."""
    account = account_of(current_schema())
    if account is None:
        return
    at, environment = now(), settings.ENVIRONMENT
    try:
        _read_all(account, at)
    except MailboxAway as away:
        log.warning("casella PEC di %s: %s", current_schema(), away)
    watch_pec(
        at=at,
        acceptance_within=timedelta(minutes=environment.pec_acceptance_minutes),
        delivery_within=timedelta(hours=environment.pec_delivery_hours),
    )
    retry_full_mailboxes(at=at)
