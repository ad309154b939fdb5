"""Chapter 9 – news of an e-mail: delivered, bounced, complained of, refused by who received it.

Before: ``inbound/email_events``, signature verified; ``inbound/email_returns``, by mail; or the person who opened the link in our own message.
After: ``outcomes`` for the message; a suppression for the address, which every later wave asks.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from dunning.channels.email_callbacks import EmailEvent
from dunning.models import Attempt, DeliveryEvent, Suppression
from dunning.rules.email_events import email_meaning
from dunning.services.outcomes import News, take_news
from dunning.services.refusals import AttemptUnknown
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.inbox import store_raw
from paybox.kernel.models import RawMessage

RETURNED = "dunning.email.returned"
RECIPIENT = Actor(0, "il destinatario")


@transaction.atomic
def take_email_event(*, event: EmailEvent, raw_message_id: int | None, at: datetime) -> Attempt:
    """Append the event, advance the attempt, remember an objection. Raises AttemptUnknown."""
    attempt = Attempt.objects.filter(uuid=event.attempt_id, channel="EMAIL").first()
    if attempt is None or attempt.address.lower() != event.recipient:
        raise AttemptUnknown("La notifica riguarda un messaggio che questo Ente non ha inviato")
    told = email_meaning(event.kind, said=event.said)
    if told.status is not None:
        news = News(
            told.status,
            provider_ref=event.provider_ref,
            error_code=told.code,
            words=told.words,
            blames_contact=told.blames_contact,
        )
        attempt = take_news(attempt_id=attempt.pk, news=news, at=at)
    if told.objection is not None:
        silence(address=attempt.address, reason=told.objection, actor_name=RECIPIENT.name, at=at)
    DeliveryEvent.objects.create(
        attempt=attempt,
        at=at,
        status=event.kind,
        error_code=told.code,
        raw_message_id=raw_message_id,
    )
    return attempt


@transaction.atomic
def take_email_report(*, event: EmailEvent, raw: bytes, at: datetime) -> bool:
    """The same for news that came by mail: kept raw, and read once however often it is met. Raises AttemptUnknown."""
    sha256 = hashlib.sha256(raw).hexdigest()
    known = RawMessage.objects.filter(kind=RETURNED, sha256=sha256)
    if known.exists():
        return False
    stored = store_raw(kind=RETURNED, body=raw, at=at)
    take_email_event(event=event, raw_message_id=stored.pk, at=at)
    return True


@transaction.atomic
def stop_courtesy(*, attempt_id: UUID, at: datetime) -> None:
    """Who got that e-mail wants no more of courtesy. Asked twice it is done once. Raises AttemptUnknown."""
    attempt = Attempt.objects.filter(uuid=attempt_id, channel="EMAIL").first()
    if attempt is None:
        raise AttemptUnknown("Il messaggio non risulta inviato da questo Ente")
    address = attempt.address
    reason = Suppression.Reason.OBJECTION
    if silence(address=address, reason=reason, actor_name=RECIPIENT.name, at=at):
        subject = f"attempt:{attempt.uuid}"
        record_audit(action="dunning.email.objection", actor=RECIPIENT, at=at, subject=subject)


def silence(
    *, address: str, reason: str, actor_name: str, at: datetime, channel: str = "EMAIL"
) -> bool:
    """Nothing of courtesy goes there any more, until somebody lifts it. True when it is new."""
    given = {"reason": reason, "created_at": at, "actor_name": actor_name}
    known = Suppression.objects.get_or_create(
        channel=channel, address=address, lifted_at=None, defaults=given
    )
    return known[1]
