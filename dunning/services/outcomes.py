"""Chapter 9 – outcomes: what the far end said of an attempt, whoever says it and in whatever order.

Before: a channel's answer, a callback, a look-up at the provider.  After: the attempt, its item, the contact and the
positions' timelines say the same thing; nothing ever goes back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from billing.models import Position, TimelineEntry
from billing.services.timeline import tell, tell_each
from dunning.models import Attempt, StepTaken, Suppression, Wave, WaveItem
from dunning.rules.channels import CONTACT_KINDS, EMAIL, PEC, SMS
from dunning.rules.delivery import DeliveryStatus, advance
from dunning.rules.pec_receipts import FULL_MAILBOX
from dunning.rules.send import CANCELLED
from dunning.rules.sms_faults import SECOND_TRY
from dunning.services.cascading import go_down
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from registry.services.contacts import mark_unreachable

SENDER = Actor(0, "invio automatico")
_TAKEN = (DeliveryStatus.ACCETTATO, DeliveryStatus.INVIATO, DeliveryStatus.CONSEGNATO)
_FAILED = (DeliveryStatus.FALLITO_TEMP, DeliveryStatus.FALLITO_PERM)
_ITEM_STATES = {
    DeliveryStatus.ACCETTATO: WaveItem.State.SENT,
    DeliveryStatus.INVIATO: WaveItem.State.SENT,
    DeliveryStatus.CONSEGNATO: WaveItem.State.REACHED,
    DeliveryStatus.FALLITO_TEMP: WaveItem.State.NOT_REACHED,
    DeliveryStatus.FALLITO_PERM: WaveItem.State.NOT_REACHED,
    DeliveryStatus.INCERTO: WaveItem.State.UNCERTAIN,
}
_ONCE_MORE = {PEC: frozenset({FULL_MAILBOX}), SMS: SECOND_TRY}

_MOVE_ACCEPTED = """
WITH given AS (SELECT * FROM unnest(%(ids)s::bigint[], %(refs)s::text[]) AS g (id, ref)),
attempt AS (
    UPDATE dunning_attempt a SET state = 'ACCETTATO', provider_ref = COALESCE(NULLIF(a.provider_ref, ''), g.ref),
        sent_at = COALESCE(a.sent_at, %(at)s), leased_until = NULL
    FROM given g WHERE a.id = g.id AND a.state IN ('CREATO', 'IN_INVIO')
    RETURNING a.id, a.uuid, a.item_id, a.channel, a.attachment_sha256
)
UPDATE dunning_waveitem i SET state = 'INVIATO', reason = '', updated_at = %(at)s
FROM attempt a WHERE i.id = a.item_id
RETURNING a.id, a.uuid::text, a.channel, a.attachment_sha256, i.position_ids
"""


@dataclass(frozen=True, slots=True)
class _Moved:
    attempt_id: int
    uuid: str
    channel: str
    attachment: str
    position_ids: list[int]


@dataclass(frozen=True, slots=True)
class News:
    """``blames_contact``: the address or number will not do; ``opted_out``: she wants no more. ``words`` are for the official."""

    status: DeliveryStatus
    provider_ref: str = ""
    error_code: str = ""
    words: str = ""
    blames_contact: bool = False
    opted_out: bool = False


def take_news(*, attempt_id: int, news: News, at: datetime) -> Attempt:
    """Advance the attempt and all that hangs on it. Call inside a transaction; the attempt is locked here."""
    attempt = lock_row(Attempt, attempt_id)
    before = DeliveryStatus(attempt.state)
    after = advance(before, news.status)
    _write(attempt, news, after, at)
    if after == DeliveryStatus.FALLITO_PERM:
        _blame(attempt, news, at)
    if after != before:
        _follow(attempt, before, after, at)
    return attempt


def take_accepted(*, accepted: Mapping[int, str], wave: Wave, at: datetime) -> None:
    """The same for many attempts of one wave that the far end took in charge: attempt → its reference there.

    A callback may have been quicker, and the notice stamps its day: those go one by one. Call inside a transaction.
    """
    plain = wave.kind not in (Wave.Kind.NOTICE, Wave.Kind.ACT)
    moved = _move_accepted(accepted, at) if plain else []
    for attempt_id in sorted(set(accepted) - {one.attempt_id for one in moved}):
        news = News(DeliveryStatus.ACCETTATO, provider_ref=accepted[attempt_id])
        take_news(attempt_id=attempt_id, news=news, at=at)
    facts = (
        (position_id, one.uuid, {"channel": one.channel, "wave_kind": wave.kind, "attachment_sha256": one.attachment})
        for one in moved for position_id in one.position_ids
    )  # fmt: skip
    tell_each(facts=facts, kind=TimelineEntry.Kind.SENT, at=at, actor=SENDER)


def _move_accepted(accepted: Mapping[int, str], at: datetime) -> list[_Moved]:
    """Attempts nobody has said anything of yet – letters before they leave, messages in sending – and their items."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE_ACCEPTED, {"ids": list(accepted), "refs": list(accepted.values()), "at": at}
        )
        return [
            _Moved(pk, uuid, channel, attachment, json.loads(ids))
            for pk, uuid, channel, attachment, ids in cursor.fetchall()
        ]


def _blame(attempt: Attempt, news: News, at: datetime) -> None:
    """What failed for good lowers the contact, and an objection is remembered for every wave to come."""
    subject_id = attempt.item.subject_id
    kind = CONTACT_KINDS.get(attempt.channel)  # none: a platform knows the person by herself
    if news.blames_contact and subject_id and kind:
        mark_unreachable(subject_id=subject_id, kind=kind, value=attempt.address)
    if news.opted_out:
        Suppression.objects.get_or_create(
            channel=attempt.channel, address=attempt.address, lifted_at=None,
            defaults={
                "reason": Suppression.Reason.OBJECTION, "created_at": at, "actor_name": SENDER.name,
            },
        )  # fmt: skip


def _write(attempt: Attempt, news: News, after: DeliveryStatus, at: datetime) -> None:
    attempt.provider_ref = attempt.provider_ref or news.provider_ref
    if after == news.status:
        attempt.error_code, attempt.error_words = news.error_code, news.words
    if after in _TAKEN and attempt.sent_at is None:
        attempt.sent_at = at
    if after.is_final and attempt.ended_at is None:
        attempt.ended_at = at
    attempt.state, attempt.leased_until = after.value, None
    attempt.save()


def _follow(attempt: Attempt, before: DeliveryStatus, after: DeliveryStatus, at: datetime) -> None:
    """The item, when this is its last attempt, and the timelines."""
    item = lock_row(WaveItem, attempt.item_id)
    last = not item.attempts.filter(try_number__gt=attempt.try_number).exists()
    if last and after in _ITEM_STATES:
        item.state, item.updated_at = _ITEM_STATES[after], at
        item.reason = attempt.error_code if after in _FAILED else ""
        item.save(update_fields=["state", "reason", "updated_at"])
        if after in _FAILED and not _ends_here(attempt, after):
            go_down(item, at=at)
    if after in _TAKEN and before not in _TAKEN:
        _tell_sent(attempt, item, at)
    if after == DeliveryStatus.CONSEGNATO:
        arrived_on = at.astimezone(ROME).date()
        StepTaken.objects.filter(item=item, delivered_on=None).update(delivered_on=arrived_on)
        _tell(attempt, item, TimelineEntry.Kind.DELIVERED, at)
    elif after in _FAILED and before not in _FAILED:
        _tell(attempt, item, TimelineEntry.Kind.NOT_DELIVERED, at, words=attempt.error_words)


def _ends_here(attempt: Attempt, after: DeliveryStatus) -> bool:
    """Or none at all: a full PEC mailbox (``pec_retries``) and a telephone that was off (``sms_retries``) are tried once
    more, e-mail for two days (``mail_retries``); what somebody cancelled goes nowhere else.
    """
    if attempt.error_code == CANCELLED:
        return True
    if after != DeliveryStatus.FALLITO_TEMP:
        return False
    if attempt.channel == EMAIL:
        return True
    codes = _ONCE_MORE.get(attempt.channel, frozenset())
    if attempt.error_code not in codes:
        return False
    such = Attempt.objects.filter(item=attempt.item_id, channel=attempt.channel)
    return such.filter(error_code__in=codes).count() == 1


def _tell_sent(attempt: Attempt, item: WaveItem, at: datetime) -> None:
    _tell(
        attempt, item, TimelineEntry.Kind.SENT, at,
        wave_kind=item.wave.kind, attachment_sha256=attempt.attachment_sha256,
    )  # fmt: skip
    if item.wave.kind in (Wave.Kind.NOTICE, Wave.Kind.ACT):  # an act carries the new notice
        fresh = Position.objects.filter(pk__in=item.position_ids, noticed_at__isnull=True)
        tell(
            position_ids=fresh.values_list("pk", flat=True),
            kind=TimelineEntry.Kind.NOTICED,
            at=at,
            actor=SENDER,
            reference=str(attempt.uuid),
        )


def _tell(attempt: Attempt, item: WaveItem, kind: str, at: datetime, **details: str) -> None:
    tell(
        position_ids=item.position_ids,
        kind=kind,
        at=at,
        actor=SENDER,
        reference=str(attempt.uuid),
        channel=attempt.channel,
        **details,
    )
