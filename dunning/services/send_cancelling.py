"""Chapter 9 – an act taken back: while SEND has not served it yet, the office asks that its notification be cancelled.

Before: a credit that was paid or withdrawn, a sending that was stopped; a person with a reason.  After: ``send_outcomes``: the
timeline says whether it was cancelled or came too late. Written as uncertain before the platform hears of it: a lost answer is
looked for in the timeline and only what is not there is asked again. Source: SEND, notificationCancellation.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from billing.models import TimelineEntry
from billing.services.notification_fees import FEE_CAUSE
from billing.services.timeline import tell
from dunning.channels.protocol import Accepted, Rejected, SendOutcome
from dunning.channels.send_desk import SendDesk
from dunning.models import SendCancellation, SendNotification, Wave
from dunning.rules.send import CANCEL_ASKED, CANCEL_DONE, TimelineEvent
from dunning.selectors.send_acts import STOPPED, cancellable, still_moving
from dunning.services.outcomes import SENDER
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused
from paybox.kernel.queue import RetryLater, enqueue

WORK = "dunning.cancel_at_send"
SETTLING = timedelta(minutes=5)  # a request just taken is not in the timeline yet
SHORTEST_REASON = 5
_State = SendCancellation.State


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
    if notification.cancellations.exclude(state=_State.REFUSED).exists():
        raise CancellationRefused("L'annullamento di questa notifica è già stato chiesto")
    asked = SendCancellation.objects.create(
        notification=notification, reason=reason.strip(), asked_at=at, asked_by_id=actor.user_id,
        asked_by_name=actor.name,
    )  # fmt: skip
    _note(asked, f"Chiesto a SEND di annullare la notifica: {asked.reason}", actor, at)
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


def cancel_at_send(*, cancellation_id: int, desk: SendDesk, at: datetime) -> None:
    """Ask the platform, once. Never inside a transaction. Raises RetryLater while it cannot be asked."""
    asked = _written_as_asked(cancellation_id, at)
    if asked is None:
        return
    outcome = desk.cancel(asked.notification.iun)
    with transaction.atomic():
        asked = _locked(cancellation_id)
        if asked.state == _State.UNCERTAIN:
            _take(asked, outcome, at)
    if isinstance(outcome, Rejected) and not outcome.permanent:
        raise RetryLater(outcome.words)


@transaction.atomic
def follow_cancellation(
    *, notification: SendNotification, events: Sequence[TimelineEvent], at: datetime
) -> None:
    """What the timeline says of it. Call inside the transaction that reads the timeline."""
    open_ = notification.cancellations.filter(
        state__in=[_State.ASKED, _State.UNCERTAIN, _State.TAKEN]
    )
    asked = open_.select_for_update().first()
    if asked is None:
        return
    there = {event.category for event in events}
    if CANCEL_DONE in there:
        _end(asked, _State.DONE, "", at)
    elif CANCEL_ASKED in there:
        _move(asked, _State.TAKEN, "")
    elif asked.state == _State.UNCERTAIN and asked.told_at and at - asked.told_at > SETTLING:
        _move(asked, _State.ASKED, "SEND non aveva ricevuto la richiesta: si chiede di nuovo.")
        enqueue(WORK, queue="waves", cancellation_id=asked.pk)


def in_doubt(notification: SendNotification) -> bool:
    """Whether it was asked and nobody knows what became of it."""
    return notification.cancellations.filter(state=_State.UNCERTAIN).exists()


@transaction.atomic
def _written_as_asked(cancellation_id: int, at: datetime) -> SendCancellation | None:
    asked = _locked(cancellation_id)
    if asked.state != _State.ASKED:
        return None
    if why := _too_late(asked.notification):
        _end(asked, _State.REFUSED, why, at)
        return None
    if not asked.notification.iun:
        raise RetryLater("SEND non ha ancora accettato l'atto")
    asked.told_at = at
    asked.save(update_fields=["told_at"])
    _move(asked, _State.UNCERTAIN, "")
    return asked


def _too_late(notification: SendNotification) -> str:
    """Empty while it can still be asked."""
    if notification.status == "REFUSED":
        return "SEND aveva già rifiutato l'atto: non c'era nulla da annullare."
    served = notification.perfected_at is not None
    return "La notifica si è perfezionata prima che lo si potesse chiedere." if served else ""


def _take(asked: SendCancellation, outcome: SendOutcome, at: datetime) -> None:
    SendNotification.objects.filter(pk=asked.notification_id).update(look_at=at)
    if isinstance(outcome, Accepted):
        _move(asked, _State.TAKEN, "")
    elif not isinstance(outcome, Rejected):
        _move(asked, _State.UNCERTAIN, outcome.words)
    elif outcome.permanent:
        _end(asked, _State.REFUSED, outcome.words, at)
    else:
        _move(asked, _State.ASKED, outcome.words)


def _move(asked: SendCancellation, state: str, words: str) -> None:
    asked.state, asked.words = state, words
    asked.save(update_fields=["state", "words"])


def _end(asked: SendCancellation, state: str, words: str, at: datetime) -> None:
    asked.ended_at = at
    asked.save(update_fields=["ended_at"])
    _move(asked, state, words)
    done = state == _State.DONE
    said = "SEND ha annullato la notifica" if done else f"SEND non annulla la notifica: {words}"
    _note(asked, said, SENDER, at)


def _note(asked: SendCancellation, words: str, actor: Actor, at: datetime) -> None:
    tell(
        position_ids=asked.notification.attempt.item.position_ids, kind=TimelineEntry.Kind.NOTE, at=at, actor=actor,
        reference=f"{FEE_CAUSE}{asked.notification.iun}".strip(), text=words,
    )  # fmt: skip


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise CancellationRefused("Scrivere il motivo: resta nella storia del credito")


def _locked(cancellation_id: int) -> SendCancellation:
    """With its notification, which is locked first, as who reads the timeline does."""
    found = SendCancellation.objects.values_list("notification_id", flat=True)
    lock_row(SendNotification, found.get(pk=cancellation_id))
    lock_row(SendCancellation, cancellation_id)
    whole = SendCancellation.objects.select_related("notification__attempt__item")
    return whole.get(pk=cancellation_id)
