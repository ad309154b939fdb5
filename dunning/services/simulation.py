"""Chapter 9 – a simulated wave: its rows and its fingerprint, and nothing else in the world.

Before: planning decides who is in and who is out.  After: waves (approval).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from billing.models import Service
from dunning.channels.ready_texts import texts_of_service
from dunning.models import (
    InvitationRound,
    LetterCampaign,
    NoticeMail,
    PolicyStep,
    StandingApproval,
    Wave,
    WaveItem,
)
from dunning.selectors.chosen_texts import texts_for
from dunning.selectors.snapshot import wave_fingerprint
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.bulk import copy_rows

LASTS = timedelta(hours=72)  # what was simulated longer ago may not be approved any more
BATCH = 5_000
_COLUMNS = (
    "wave_id", "subject_id", "position_ids", "key", "told", "amount_cents", "channel", "rung", "address", "parts",
    "cost_mills", "state", "reason", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planned:
    """One item to be. ``reason`` empty means ready to go, unless ``held_out``; otherwise why it stays out."""

    subject_id: int | None
    position_ids: tuple[int, ...]
    key: str
    amount_cents: int
    address: str
    reason: str
    channel: str
    rung: int = 0
    parts: int = 0
    cost_mills: int = 0
    held_out: bool = False
    told: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> WaveItem.State:
        if self.reason:
            return WaveItem.State.EXCLUDED
        return WaveItem.State.HELD_OUT if self.held_out else WaveItem.State.READY

    def put_off(self, reason: str) -> "Planned":
        """The same person, left out of this wave."""
        return replace(self, reason=reason, parts=0, cost_mills=0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of wave, on which service and cascade, planned for which day.

    ``positions``: only among these; ``lapsed``: those of them that time has taken away. Cents.
    """

    kind: str
    service: Service
    channels: Sequence[str]
    on: date
    load_id: int | None = None
    step: PolicyStep | None = None
    standing: StandingApproval | None = None
    canary: int = 0
    campaign: LetterCampaign | None = None
    invitation: InvitationRound | None = None
    positions: Sequence[int] | None = None
    lapsed: Sequence[int] = ()
    minimum_cents: int = 0
    raw_message_id: int | None = None

    @property
    def holdout_percent(self) -> int:
        return self.step.holdout_percent if self.step else 0


def open_wave(*, plan: Plan, actor: Actor, at: datetime) -> Wave:
    """The wave without its items yet: its uuid is the salt of the lot. Call inside a transaction."""
    return Wave.objects.create(
        kind=plan.kind,
        service=plan.service,
        load_id=plan.load_id,
        step=plan.step,
        standing=plan.standing,
        campaign=plan.campaign,
        invitation=plan.invitation,
        channel=plan.channels[0],
        channels=list(plan.channels),
        template=plan.step.template if plan.step else texts_of_service(plan.service.code),
        texts=texts_for(
            service_id=plan.service.pk,
            kind=plan.kind,
            step=plan.step,
            channels=plan.channels,
            campaign=plan.campaign is not None,
        ),
        link_days=_link_days(plan),
        planned_on=plan.on,
        canary=plan.canary,
        holdout_percent=plan.holdout_percent,
        raw_message_id=plan.raw_message_id,
        created_at=at,
        expires_at=at + LASTS,
        author_id=actor.user_id,
        author_name=actor.name,
    )


def _link_days(plan: Plan) -> int:
    chosen = NoticeMail.objects.filter(service=plan.service).first()
    return chosen.link_days if chosen and plan.kind == Wave.Kind.NOTICE else 0


def fill_wave(*, wave: Wave, items: Iterable[Planned], actor: Actor, at: datetime) -> Wave:
    """The items by COPY, a batch at a time, counted and fingerprinted. Call inside a transaction."""
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        copy_rows(WaveItem, _COLUMNS, (_row(wave, item, at) for item in batch))
        for item in batch:
            _count(wave, item)
    wave.snapshot_sha256 = wave_fingerprint(wave)
    wave.save()
    record_audit(
        action="dunning.wave.planned",
        actor=actor,
        at=at,
        subject=f"wave:{wave.uuid}",
        recipients=wave.recipients,
        excluded=wave.excluded,
        amount_cents=wave.amount_cents,
        snapshot=wave.snapshot_sha256,
    )
    return wave


def _count(wave: Wave, item: Planned) -> None:
    if item.reason:
        wave.excluded += 1
    elif item.held_out:
        wave.held_out += 1
    else:
        wave.recipients += 1
        wave.amount_cents += item.amount_cents
        wave.parts += item.parts
        wave.cost_mills += item.cost_mills


def _row(wave: Wave, item: Planned, at: datetime) -> tuple[Any, ...]:
    return (
        wave.pk, item.subject_id, json.dumps(item.position_ids), item.key, json.dumps(item.told), item.amount_cents,
        item.channel, item.rung, item.address, item.parts, item.cost_mills, item.state.value, item.reason, at,
    )  # fmt: skip
