"""Chapter 9 – claiming: one item is taken, asked again whether there is still a reason to send it, and only then said.

Before: a wave in sending.  After: an attempt, committed before anything leaves; or an item skipped with its reason.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import transaction

from dunning.channels.protocol import Message
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.eligibility import ExclusionReason, why_not
from dunning.rules.steps import StepKind
from dunning.selectors.facts import prices_on
from dunning.services.cascading import go_down
from dunning.services.rechecking import Asked, ask_again, take_steps
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_name
from paybox.kernel.problems import Refused

LEASE = timedelta(minutes=30)  # longer than a chunk of the slowest channel takes
_NO_WAY = (ExclusionReason.SENZA_RECAPITO, ExclusionReason.DA_NON_DISTURBARE)


@dataclass(frozen=True, slots=True)
class Claimed:
    """``message`` is None when the item was skipped; ``wait`` when it is not yet the hour."""

    item_id: int
    attempt_id: int = 0
    message: Message | None = None
    wait: bool = False


@transaction.atomic
def claim_next(*, wave: Wave, channel: str, way: SendingWay, at: datetime) -> Claimed | None:
    """Take one item of that channel that nobody holds, or None when the wave is not in sending or nothing is left."""
    if not Wave.objects.filter(pk=wave.pk, state=Wave.State.SENDING).exists():
        return None
    free = WaveItem.objects.select_for_update(skip_locked=True, of=("self",))
    ready = free.filter(wave=wave, state=WaveItem.State.READY, channel=channel)
    item = ready.select_related("subject").order_by("pk").first()
    if item is None:
        return None
    item.wave = wave
    lock_name(f"dunning.person/{item.subject_id or item.address}")  # two waves, one person
    asked = ask_again(item, way=way, at=at)
    reason = _why_not(item, asked)
    if reason is ExclusionReason.FASCIA_ORARIA:
        return Claimed(item.pk, wait=True)
    if reason in _NO_WAY and go_down(item, at=at):
        return Claimed(item.pk)
    return _skip(item, reason, at) if reason else _take(item, asked, way, at)


def _why_not(item: WaveItem, asked: Asked) -> ExclusionReason | None:
    reason = why_not(asked.facts)
    if reason is None and asked.facts.residual_cents > item.amount_cents:
        return ExclusionReason.AUMENTATO
    return reason


def _take(item: WaveItem, asked: Asked, way: SendingWay, at: datetime) -> Claimed:
    take_steps(item, asked.debts, on=at.astimezone(ROME).date())
    if item.channel != LETTER:
        return _open_attempt(item, asked, way, at)
    item.state, item.reason, item.updated_at = WaveItem.State.PAPER, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    return Claimed(item.pk)


def _open_attempt(item: WaveItem, asked: Asked, way: SendingWay, at: datetime) -> Claimed:
    try:
        said = asked.compose()
    except Refused:
        item.steps_taken.all().delete()
        return _skip(item, ExclusionReason.TESTO, at)
    number, parts = item.attempts.count() + 1, said.parts_on(item.channel)
    attempt = Attempt.objects.create(
        uuid=uuid5(item.wave.uuid, f"{item.key}:{number}"),
        item=item,
        try_number=number,
        channel=item.channel,
        address=item.address,
        state=Attempt.State.SENDING,
        subject_line=said.subject,
        body=said.text,
        body_sha256=said.text_sha256,
        attachment_sha256=said.attachment_sha256,
        parts=parts,
        cost_mills=parts * prices_on(at.astimezone(ROME).date())[item.channel],
        created_at=at,
        leased_until=at + LEASE,
    )
    item.state, item.reason, item.updated_at = WaveItem.State.SENDING, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    farewell = way.farewell(attempt.uuid) if _is_courtesy(item.wave) else ""
    message = replace(
        message_of(attempt, way),
        html=said.html,
        attachments=said.attachments,
        unsubscribe_url=farewell,
        particulars=said.particulars,
    )
    return Claimed(item.pk, attempt.pk, message)


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


def _skip(item: WaveItem, reason: ExclusionReason, at: datetime) -> Claimed:
    item.state, item.reason, item.updated_at = WaveItem.State.SKIPPED, reason.value, at
    item.save(update_fields=["state", "reason", "updated_at"])
    return Claimed(item.pk)
