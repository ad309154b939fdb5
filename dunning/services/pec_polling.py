"""Chapter 9 – certified mail, the round: read what is new in the mailbox, one message and one transaction at a time.

Before: the clock rings.  After: ``pec_intake``. A mailbox that cannot be read says so on its page and is tried again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dunning.channels.pec_account import PecAccount
from dunning.channels.pec_mailbox import Mailbox, MailboxAway, open_mailbox
from dunning.models import PecMailbox
from dunning.services.pec_intake import take_pec
from dunning.services.pec_register import mailbox_of

CHUNK = 50


def poll_pec(
    *, account: PecAccount, bundle: Sequence[Any], at: datetime, limit: int = CHUNK
) -> int:
    """Take up to ``limit`` messages. Returns how many were read, new or not; raises MailboxAway after writing it down."""
    box = mailbox_of(account.address)
    try:
        with open_mailbox(account) as mailbox:
            read = _read(box, mailbox, bundle, at, limit)
    except MailboxAway as away:
        since = box.troubled_at or at
        PecMailbox.objects.filter(pk=box.pk).update(trouble=str(away), troubled_at=since)
        raise
    PecMailbox.objects.filter(pk=box.pk).update(read_at=at, trouble="", troubled_at=None)
    return read


def _read(
    box: PecMailbox, mailbox: Mailbox, bundle: Sequence[Any], at: datetime, limit: int
) -> int:
    """From where we had arrived, or from the beginning when the provider has numbered everything anew."""
    since = box.last_uid if mailbox.uidvalidity == box.uidvalidity else 0
    read = 0
    for fetched in mailbox.newer_than(since, limit=limit):
        take_pec(mailbox_id=box.pk, fetched=fetched, bundle=bundle, at=at)
        mailbox.mark_taken(fetched.uid)
        read += 1
    return read
