"""Chapter 9 – certified mail, the register: the exact bytes of each message are on disk before the first of them leaves.

Before: ``channels/pec`` has written the message.  After: SMTP. What is not here certainly did not leave.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dunning.channels.pec import message_id
from dunning.channels.protocol import Message
from dunning.models import Attempt, PecMailbox, PecMessage
from dunning.rules.pec_receipts import PecKind
from paybox.kernel.inbox import store_raw


@dataclass(frozen=True, slots=True)
class PecRegister:
    """The register of one mailbox, as the channel wants it. Its rows are committed when ``keep`` returns."""

    address: str
    clock: Callable[[], datetime]

    def keep(self, message: Message, raw: bytes) -> None:
        with transaction.atomic(durable=True):
            keep_sent(address=self.address, message=message, raw=raw, at=self.clock())

    def kept(self, attempt_id: UUID) -> bool:
        sent = PecMessage.objects.filter(attempt__uuid=attempt_id, kind=PecKind.SENT)
        return sent.exists()


def keep_sent(*, address: str, message: Message, raw: bytes, at: datetime) -> PecMessage:
    """Write one outgoing message down. Call inside a transaction."""
    stored = store_raw(kind="dunning.pec.sent", body=raw, at=at)
    attempt = Attempt.objects.select_related("item").get(uuid=message.attempt_id)
    return PecMessage.objects.create(
        mailbox=mailbox_of(address),
        kind=PecKind.SENT,
        at=at,
        attempt=attempt,
        subject_id=attempt.item.subject_id,
        message_id=message_id(message.attempt_id, address),
        sender=address,
        recipient=message.to,
        subject_line=message.subject,
        text=message.text,
        raw_message_id=stored.pk,
        sha256=stored.sha256,
        size=len(raw),
    )


def mailbox_of(address: str) -> PecMailbox:
    """The row of that mailbox, made the first time."""
    return PecMailbox.objects.get_or_create(address=address.lower())[0]
