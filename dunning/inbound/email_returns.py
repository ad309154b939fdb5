"""The clock's door on what comes back by mail: every minute, one mailbox for the installation, each report in its Ente.

Before: beat; the mailbox of the return path, over IMAP.  After: ``services/email_events``, as for a provider's webhook.
What is not a report of ours stays in the mailbox for a person, marked as read by us.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django_tenants.utils import schema_context

from dunning.channels.dsn import NotAReport, read_report
from dunning.channels.email_callbacks import EmailEvent
from dunning.channels.pec_account import PecAccount
from dunning.channels.pec_mailbox import MailboxAway, open_mailbox
from dunning.services.email_events import take_email_report
from dunning.services.refusals import AttemptUnknown
from paybox.kernel.clock import now
from paybox.kernel.rounds import reading_alone, turn_over
from tenants.selectors.enti import active_schemas

log = logging.getLogger(__name__)
CHUNK = 500


@shared_task(name="dunning.read_returned_mail")
def read_returned_mail() -> None:
    """One round; a mailbox that is away is asked again at the next."""
    account = returns_account()
    if account is None:
        return
    with reading_alone("returned-mail") as mine:
        if not mine:
            return
        try:
            read_returns(account=account, at=now(), enough=turn_over())
        except MailboxAway as away:
            log.warning("posta di ritorno: %s", away)


def returns_account() -> PecAccount | None:
    """Where reports come back; None when none are asked for."""
    environment = settings.ENVIRONMENT
    address, url = environment.email_return_path, environment.email_returns_url
    if not address or not url:
        return None
    return PecAccount(
        address=address,
        user=environment.email_returns_user or address,
        password=environment.email_returns_password.get_secret_value(),
        imap_url=url,
    )


def read_returns(
    *, account: PecAccount, at: datetime, enough: Callable[[], bool] = lambda: False
) -> int:
    """Take the messages of the mailbox, some hundreds at most, fewer when ``enough()`` says so between two of them.

    Returns how many told us something. Raises MailboxAway.
    """
    told = 0
    with open_mailbox(account) as mailbox:
        for fetched in mailbox.not_taken(limit=CHUNK):
            told += _take(fetched.raw, at)
            mailbox.mark_taken(fetched.uid)
            if enough():
                break
    return told


def _take(raw: bytes, at: datetime) -> bool:
    try:
        event = read_report(raw)
        return _take_in_its_ente(event, raw, at)
    except (NotAReport, AttemptUnknown) as problem:
        log.warning("posta di ritorno lasciata a una persona: %s", problem)
        return False


def _take_in_its_ente(event: EmailEvent, raw: bytes, at: datetime) -> bool:
    if event.schema not in active_schemas():
        raise NotAReport("di un Ente che qui non c'è")
    with schema_context(event.schema), transaction.atomic():
        return take_email_report(event=event, raw=raw, at=at)
