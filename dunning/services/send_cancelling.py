"""Chapter 9 – an act taken back: while SEND has not served it yet, the office asks that its notification be cancelled.

Before: a credit that was paid or withdrawn, a sending that was stopped; a person with a reason.  After: ``send_cancelled``
asks the platform and follows what became of it.
"""

from datetime import datetime

from django.db import transaction

from dunning.models import SendCancellation, SendNotification, Wave
from dunning.selectors.send_acts import STOPPED, cancellable, still_moving
from dunning.services.send_cancelled import WORK, note_on_credits
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused
from paybox.kernel.queue import enqueue

SHORTEST_REASON = 5


class CancellationRefused(Refused):
    """The notification cannot be taken back as asked; nothing was written."""


@transaction.atomic
def ask_cancellation(
    *, notification_id: int, reason: str, actor: Actor, at: datetime
) -> SendCancellation:
    """Have SEND asked to cancel it. Raises CancellationRefused when it was served, or was asked already."""
    _check_reason(reason)
    notification = lock_row(SendNotification, notification_id)
    if not still_moving().filter(pk=notification_id).exists():
        raise CancellationRefused("Questa notifica è già conclusa: non si può più annullare")
    if notification.cancellations.exclude(state=SendCancellation.State.REFUSED).exists():
        raise CancellationRefused("L'annullamento di questa notifica è già stato chiesto")
    asked = SendCancellation.objects.create(
        notification=notification, reason=reason.strip(), asked_at=at, asked_by_id=actor.user_id,
        asked_by_name=actor.name,
    )  # fmt: skip
    note_on_credits(asked, f"Chiesto a SEND di annullare la notifica: {asked.reason}", actor, at)
    record_audit(
        action="dunning.send_cancellation.asked", actor=actor, at=at, subject=f"send_notification:{notification.pk}",
        iun=notification.iun, reason=asked.reason,
    )  # fmt: skip
    enqueue(WORK, queue="waves", cancellation_id=asked.pk)
    return asked


@transaction.atomic
def ask_cancellations(*, wave_id: int, reason: str, actor: Actor, at: datetime) -> int:
    """The same for every act of a sending that was stopped. Returns how many. Raises CancellationRefused."""
    _check_reason(reason)
    wave = lock_row(Wave, wave_id)
    if wave.state not in STOPPED:
        raise CancellationRefused("Prima si ferma l'invio")
    found = list(cancellable(wave).values_list("pk", flat=True))
    if not found:
        raise CancellationRefused("Non c'è alcuna notifica da annullare")
    for pk in found:
        ask_cancellation(notification_id=pk, reason=reason, actor=actor, at=at)
    return len(found)


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise CancellationRefused("Scrivere il motivo: resta nella storia del credito")
