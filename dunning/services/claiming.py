"""Chapter 9 – claiming: one item is taken, asked again whether there is still a reason to send it, and only then said.

Before: a wave in sending.  After: an attempt, committed before anything leaves; or an item skipped with its reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid5

from django.db import transaction

from billing.models import Position
from billing.selectors.overdue import overdue_debts
from billing.states import PositionState
from dunning.channels.protocol import Message
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.eligibility import ExclusionReason, ItemFacts, why_not
from dunning.rules.quiet_hours import SendingHours
from dunning.selectors.facts import MIN_GAP, holds_in_force, last_messages, noticed_keys
from dunning.selectors.messages import Composed, compose_notice, compose_reminder
from dunning.services.outcomes import KINDS
from paybox.kernel.clock import ROME
from paybox.kernel.problems import Refused
from registry.models import Contact
from tenants.models import Ente

LEASE = timedelta(minutes=30)  # longer than a chunk of the slowest channel takes


@dataclass(frozen=True, slots=True)
class SendingWay:
    """What the door knows and a service must not look up.

    ``hours`` None: no quiet hours. ``clock_ahead``: how much the passed instants run ahead of the provider's clock.
    """

    ente: Ente
    sender: str
    portal_url: str
    callback_url: str = ""
    hours: SendingHours | None = None
    clock_ahead: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """``message`` is None when the item was skipped; ``wait`` when it is not yet the hour."""

    item_id: int
    attempt_id: int = 0
    message: Message | None = None
    wait: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    facts: ItemFacts
    compose: Callable[[], Composed]


@transaction.atomic
def claim_next(*, wave: Wave, way: SendingWay, at: datetime) -> Claimed | None:
    """Take one item that nobody holds, or None when the wave is not in sending or nothing is left."""
    if not Wave.objects.filter(pk=wave.pk, state=Wave.State.SENDING).exists():
        return None
    free = WaveItem.objects.select_for_update(skip_locked=True, of=("self",))
    ready = free.filter(wave=wave, state=WaveItem.State.READY).select_related("subject")
    item = ready.order_by("pk").first()
    if item is None:
        return None
    item.wave = wave
    asked = _notice(item, way, at) if wave.kind == Wave.Kind.NOTICE else _reminder(item, way, at)
    reason = why_not(asked.facts)
    if reason is ExclusionReason.FASCIA_ORARIA:
        return Claimed(item.pk, wait=True)
    if reason is None and asked.facts.residual_cents > item.amount_cents:
        reason = ExclusionReason.AUMENTATO
    return _skip(item, reason, at) if reason else _open_attempt(item, asked, way, at)


def _open_attempt(item: WaveItem, asked: _Ready, way: SendingWay, at: datetime) -> Claimed:
    try:
        said = asked.compose()
    except Refused:
        return _skip(item, ExclusionReason.TESTO, at)
    number = item.attempts.count() + 1
    attempt = Attempt.objects.create(
        uuid=uuid5(item.wave.uuid, f"{item.key}:{number}"),
        item=item,
        try_number=number,
        channel=item.wave.channel,
        address=item.address,
        state=Attempt.State.SENDING,
        subject_line=said.subject,
        body=said.text,
        body_sha256=said.text_sha256,
        attachment_sha256=said.attachment_sha256,
        created_at=at,
        leased_until=at + LEASE,
    )
    item.state, item.reason, item.updated_at = WaveItem.State.SENDING, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    message = replace(message_of(attempt, way), html=said.html, attachments=said.attachments)
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


def _skip(item: WaveItem, reason: ExclusionReason, at: datetime) -> Claimed:
    item.state, item.reason, item.updated_at = WaveItem.State.SKIPPED, reason.value, at
    item.save(update_fields=["state", "reason", "updated_at"])
    return Claimed(item.pk)


def _notice(item: WaveItem, way: SendingWay, at: datetime) -> _Ready:
    position = (
        Position.objects.select_related("subject", "service")
        .prefetch_related("instalments")
        .get(pk=item.position_ids[0])
    )
    holds = holds_in_force(on=at.astimezone(ROME).date(), subject_ids=[item.subject_id])
    facts = ItemFacts(
        at=at,
        residual_cents=position.residual_cents,
        withdrawn=position.state == PositionState.WITHDRAWN,
        held=holds.stop(item.subject_id, position.pk),
        already_sent=bool(noticed_keys([item.key], but_wave_id=item.wave_id)),
        contact=_working_contact(item),
        keeps_hours=False,
    )
    wave, link = item.wave, way.portal_url
    return _Ready(
        facts, lambda: compose_notice(wave=wave, position=position, ente=way.ente, link=link)
    )


def _reminder(item: WaveItem, way: SendingWay, at: datetime) -> _Ready:
    """Overdue as on the day of the simulation: what falls due later was not approved."""
    positions = Position.objects.filter(pk__in=item.position_ids)
    states = set(positions.values_list("state", flat=True))
    holds = holds_in_force(on=at.astimezone(ROME).date(), subject_ids=[item.subject_id])
    debts = overdue_debts(on=item.wave.planned_on, position_ids=item.position_ids)
    asked = [d for d in debts if d.notices]
    free = [d for d in asked if not holds.stop(d.subject_id, d.position_id)]
    facts = ItemFacts(
        at=at,
        residual_cents=sum(d.overdue_cents for d in free or asked),
        withdrawn=states == {PositionState.WITHDRAWN.value},
        held=bool(asked) and not free,
        already_sent=False,
        contact=_working_contact(item),
        last_message_at=last_messages(at=at, subject_ids=[item.subject_id]).get(item.subject_id),
        threshold_cents=item.wave.service.reminder_minimum_cents,
        min_gap=MIN_GAP,
        keeps_hours=way.hours is not None and item.wave.channel == "SMS",
        hours=way.hours or SendingHours(),
    )
    wave, subject, link = item.wave, item.subject, way.portal_url
    return _Ready(
        facts,
        lambda: compose_reminder(wave=wave, subject=subject, debts=free, ente=way.ente, link=link),
    )


def _working_contact(item: WaveItem) -> str:
    """The approved address, if it still is one of hers and has not failed since."""
    kind = KINDS[item.wave.channel]
    working = Contact.objects.filter(subject_id=item.subject_id, kind=kind, value=item.address)
    return item.address if working.exclude(quality=Contact.Quality.FAILING).exists() else ""
