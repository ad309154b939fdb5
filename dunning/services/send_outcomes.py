"""Chapter 9 – what SEND says of one act, written down: the attempt, the day it counts as served, what a person must do.

Before: ``send_news`` has read it.  After: the step is proved on that day; a wrong address and a death are somebody's task.
"""

from datetime import datetime

from dunning.channels.send_desk import RequestState, SentNotification
from dunning.models import (
    AddressTask,
    DeliveryEvent,
    SendEvent,
    SendNotification,
    StepTaken,
    WaveItem,
)
from dunning.rules.channels import SEND
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.send import ADDRESS_FAULTS, CANCELLED, REFUSED, Standing, standing_of
from dunning.services.act_reversals import take_charges_off
from dunning.services.deaths import stop_for_death
from dunning.services.outcomes import SENDER, News, take_news
from dunning.services.send_cancelled import follow_cancellation
from paybox.kernel.clock import ROME
from paybox.kernel.inbox import store_raw

UNREACHABLE = "SEND: destinatario irreperibile"


def take_refusal(*, notification: SendNotification, state: RequestState, at: datetime) -> None:
    """The request was judged and refused: it certainly was not served. Call inside a transaction."""
    code, words = state.errors[0] if state.errors else ("", "nessun motivo indicato")
    news = News(DeliveryStatus.FALLITO_PERM, error_code=REFUSED, words=f"SEND rifiuta l'atto: {words}")  # fmt: skip
    raw = store_raw(kind="dunning.send", body=state.raw, at=at)
    _tell(notification, news, raw.pk, at)
    notification.status, notification.look_at = "REFUSED", None
    notification.save()
    item = WaveItem.objects.get(pk=notification.attempt.item_id)
    if item.state != WaveItem.State.NOT_REACHED:
        return
    if code in ADDRESS_FAULTS:  # once it is right the same act leaves again
        _ask_address(notification, f"SEND rifiuta l'indirizzo: {words}", AddressTask.Source.BEFORE, at)  # fmt: skip
    else:
        take_charges_off(item=item, reason=REFUSED, actor=SENDER, at=at)


def take_timeline(
    *, notification: SendNotification, sent: SentNotification, at: datetime
) -> Standing:
    """Keep what is new of the timeline and follow where it stands. Call inside a transaction."""
    raw = store_raw(kind="dunning.send", body=sent.raw, at=at)
    known = set(notification.events.values_list("element_id", flat=True))
    SendEvent.objects.bulk_create(
        [
            SendEvent(
                notification=notification, element_id=event.element_id, category=event.category, happened_at=event.at,
                details=dict(event.details), at=at, raw_message_id=raw.pk,
            )
            for event in sent.events
            if event.element_id not in known
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    standing = standing_of(sent.events)
    notification.status, notification.sent_at = sent.status, sent.sent_at
    _follow(notification, standing, raw.pk, at)
    notification.save()
    follow_cancellation(notification=notification, events=sent.events, at=at)
    return standing


def _follow(
    notification: SendNotification, standing: Standing, raw_message_id: int, at: datetime
) -> None:
    subject_id = notification.attempt.item.subject_id
    if standing.deceased and subject_id:
        note = f"SEND {notification.iun}: destinatario deceduto"
        day = at.astimezone(ROME).date()
        stop_for_death(subject_id=subject_id, note=note, on=day, actor=SENDER, at=at)
    news = News(standing.status, error_code=standing.code, words=standing.words)
    _tell(notification, news, raw_message_id, standing.perfected_at or at)
    if standing.code == CANCELLED:
        take_charges_off(item=notification.attempt.item, reason=CANCELLED, actor=SENDER, at=at)
    _serve(notification, standing)
    if standing.cost_cents is not None and standing.cost_cents != notification.cost_cents:
        notification.cost_cents = standing.cost_cents
        notification.attempt.cost_mills = standing.cost_cents * 10
        notification.attempt.save(update_fields=["cost_mills"])
    if standing.unreachable and not notification.unreachable:
        notification.unreachable = True
        _ask_address(notification, UNREACHABLE, AddressTask.Source.RETURNED, at)
    asked = notification.attempt.item.address_tasks.filter(cause=standing.words).exists()
    if standing.deceased and standing.perfected_at is None and not asked:
        _ask_address(notification, standing.words, AddressTask.Source.RETURNED, at)


def _serve(notification: SendNotification, standing: Standing) -> None:
    """The day it counts from; an earlier one that comes to be known later takes its place."""
    before, when = notification.perfected_at, standing.perfected_at
    if when is None or when == before:
        return
    notification.perfected_at, notification.perfected_by = when, standing.perfected_by
    if before is not None:
        steps = StepTaken.objects.filter(item_id=notification.attempt.item_id, item__channel=SEND)
        steps.update(delivered_on=when.astimezone(ROME).date())


def _tell(notification: SendNotification, news: News, raw_message_id: int, at: datetime) -> None:
    before = notification.attempt.state
    attempt = take_news(attempt_id=notification.attempt_id, news=news, at=at)
    notification.attempt = attempt
    if attempt.state != before:
        DeliveryEvent.objects.create(
            attempt=attempt, at=at, status=news.status.value, error_code=news.error_code,
            raw_message_id=raw_message_id,
        )  # fmt: skip


def _ask_address(notification: SendNotification, cause: str, source: str, at: datetime) -> None:
    item = notification.attempt.item
    assert item.subject is not None  # noqa: S101 - an act is never of a list
    AddressTask.objects.get_or_create(
        item=item, settled_at=None,
        defaults={
            "source": source, "cause": cause, "address": " ".join(item.subject.address_lines), "opened_at": at,
        },
    )  # fmt: skip
