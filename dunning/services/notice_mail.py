"""Chapter 9 – notices by e-mail: attached or behind a signed address, as the office chose; each opening is written down.

Before: an administrator's choice; a person with the address.  After: the next sendings; the message's own events.
"""

from datetime import datetime

from django.db import transaction

from billing.models import Position, Service
from dunning.models import Attempt, DeliveryEvent, NoticeMail, Wave
from dunning.rules.channels import EMAIL
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.problems import Refused

USUAL_DAYS = 60
LONGEST_DAYS = 365
OPENED, SAVED = "APERTO", "SCARICATO"


class NoticeMailRefused(Refused):
    """That number of days cannot be."""


@transaction.atomic
def choose_notice_mail(
    *, service_id: int, link_days: int, actor: Actor, at: datetime, app_io: bool = False
) -> NoticeMail:
    """``link_days`` 0 attaches the PDF; ``app_io``: App IO before e-mail. Sendings already simulated keep what was approved.

    Raises NoticeMailRefused.
    """
    if not 0 <= link_days <= LONGEST_DAYS:
        raise NoticeMailRefused(f"I giorni vanno da 1 a {LONGEST_DAYS}")
    service = Service.objects.get(pk=service_id)
    given = {
        "link_days": link_days, "app_io": app_io, "changed_at": at, "actor_name": actor.name,
    }  # fmt: skip
    chosen, _ = NoticeMail.objects.update_or_create(service=service, defaults=given)
    record_audit(
        action="dunning.notice_mail.chosen", actor=actor, at=at, subject=f"service:{service.code}", link_days=link_days,
        app_io=app_io,
    )  # fmt: skip
    return chosen


def note_opening(*, position: Position, what: str, at: datetime) -> None:
    """``what``: OPENED or SAVED, on the message that carried the address; nothing when there is none."""
    sent = Attempt.objects.filter(
        item__wave__kind=Wave.Kind.NOTICE, item__key=str(position.uuid), channel=EMAIL
    )
    attempt = sent.order_by("-pk").first()
    if attempt is not None:
        DeliveryEvent.objects.create(attempt=attempt, at=at, status=what)
