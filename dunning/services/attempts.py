"""Chapter 9 – attempts: each message that is to leave is a row first, and its id travels with it.

Before: ``claiming``, with the words said.  After: ``handing``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid5

from django.db.models import Count

from dunning.channels.protocol import Message
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.steps import StepKind
from dunning.selectors.facts import prices_on
from dunning.selectors.messages import Composed
from dunning.services.asking import Asked
from dunning.services.keeping import keep_leaving
from dunning.services.way import SendingWay
from paybox.kernel.bulk import copy_new
from paybox.kernel.clock import ROME

LEASE = timedelta(minutes=30)  # longer than what is claimed together takes on the slowest channel
Said = tuple[WaveItem, Asked, Composed | None]


@dataclass(frozen=True, slots=True)
class Leaving:
    """A message with its attempt, which is on disk."""

    item_id: int
    attempt_id: int
    message: Message


def open_attempts(
    wave: Wave, channel: str, said: Sequence[Said], way: SendingWay, at: datetime
) -> list[Leaving]:
    """Write an attempt for each, and the bytes that are to leave, before anything does. Inside the claim."""
    tries = _tries([item for item, _, _ in said])
    price = prices_on(at.astimezone(ROME).date())[channel]
    opened = [
        (_attempt(wave, item, tries.get(item.pk, 0) + 1, words, price, at), words)
        for item, _, words in said
        if words is not None
    ]
    copy_new([attempt for attempt, _ in opened])
    courtesy = _is_courtesy(wave)
    leaving = [
        Leaving(
            attempt.item_id,
            attempt.pk,
            replace(
                message_of(attempt, way),
                html=words.html,
                attachments=words.attachments,
                particulars=words.particulars,
                unsubscribe_url=way.farewell(attempt.uuid) if courtesy else "",
            ),
        )
        for attempt, words in opened
    ]
    keep_leaving((one.attempt_id, channel, one.message) for one in leaving)
    return leaving


def _tries(items: Sequence[WaveItem]) -> dict[int, int]:
    """item → its attempts so far."""
    known = Attempt.objects.filter(item__in=items).values_list("item_id")
    return dict(known.annotate(tries=Count("pk")))


def _attempt(
    wave: Wave, item: WaveItem, number: int, said: Composed, price: int, at: datetime
) -> Attempt:
    parts = said.parts_on(item.channel)
    return Attempt(
        uuid=uuid5(wave.uuid, f"{item.key}:{number}"),
        item=item,
        try_number=number,
        channel=item.channel,
        address=item.address,
        state=Attempt.State.SENDING,
        still_here=True,
        subject_line=said.subject,
        body=said.text,
        body_sha256=said.text_sha256,
        attachment_sha256=said.attachment_sha256,
        parts=parts,
        cost_mills=parts * price,
        created_at=at,
        leased_until=at + LEASE,
    )


def message_of(attempt: Attempt, way: SendingWay) -> Message:
    """The message of an attempt without its ornaments: enough to look it up at the provider."""
    return Message(
        attempt_id=attempt.uuid,
        to=attempt.address,
        subject=attempt.subject_line,
        text=attempt.body,
        html="",
        attachments=(),
        sender=way.sender,
        callback_url=way.callback_url,
    )


def _is_courtesy(wave: Wave) -> bool:
    """What nobody is bound to receive: neither the notice nor a formal step."""
    step = wave.step
    return wave.kind != Wave.Kind.NOTICE and (step is None or step.kind == StepKind.COURTESY)
