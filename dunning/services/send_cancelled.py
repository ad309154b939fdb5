"""Chapter 9 – what SEND makes of a cancellation: asked once, then read in the timeline of the notification.

Before: ``send_cancelling``, with a person's reason.  After: ``send_outcomes`` takes the act as never served. Written as
uncertain before the platform hears of it: a lost answer is looked for in the timeline and only what is not there is asked
again. Source: SEND, notificationCancellation.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from billing.models import TimelineEntry
from billing.services.notification_fees import FEE_CAUSE
from billing.services.timeline import tell
from dunning.channels.protocol import Accepted, Rejected, SendOutcome
from dunning.channels.send_desk import SendDesk
from dunning.models import SendCancellation, SendNotification
from dunning.rules.send import CANCEL_ASKED, CANCEL_DONE, TimelineEvent
from dunning.services.outcomes import SENDER
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row
from paybox.kernel.queue import RetryLater, enqueue

WORK = "dunning.cancel_at_send"
SETTLING = timedelta(minutes=5)  # a request just taken is not in the timeline yet
_State = SendCancellation.State


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


def cancellation_in_doubt(notification: SendNotification) -> bool:
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
    note_on_credits(asked, said, SENDER, at)


def note_on_credits(asked: SendCancellation, words: str, actor: Actor, at: datetime) -> None:
    """In the story of what the act asks for."""
    tell(
        position_ids=asked.notification.attempt.item.position_ids, kind=TimelineEntry.Kind.NOTE, at=at, actor=actor,
        reference=f"{FEE_CAUSE}{asked.notification.iun}".strip(), text=words,
    )  # fmt: skip


def _locked(cancellation_id: int) -> SendCancellation:
    """With its notification, which is locked first, as who reads the timeline does."""
    found = SendCancellation.objects.values_list("notification_id", flat=True)
    lock_row(SendNotification, found.get(pk=cancellation_id))
    lock_row(SendCancellation, cancellation_id)
    whole = SendCancellation.objects.select_related("notification__attempt__item")
    return whole.get(pk=cancellation_id)
