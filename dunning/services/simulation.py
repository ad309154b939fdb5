"""Chapter 9 – a simulated wave: its rows and its fingerprint, and nothing else in the world.

Before: planning decides who is in and who is out.  After: waves (approval).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from billing.models import Service
from dunning.channels.ready_texts import texts_of_service
from dunning.models import Wave, WaveItem
from dunning.selectors.snapshot import wave_fingerprint
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.bulk import copy_rows

_COLUMNS = [
    "wave_id",
    "subject_id",
    "position_ids",
    "key",
    "amount_cents",
    "address",
    "state",
    "reason",
    "updated_at",
]


@dataclass(frozen=True, slots=True)
class Planned:
    """One item to be. ``reason`` empty means ready to go; otherwise why it stays out."""

    subject_id: int
    position_ids: tuple[int, ...]
    key: str
    amount_cents: int
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of wave, on which service and channel, planned for which day."""

    kind: str
    service: Service
    channel: str
    on: date
    load_id: int | None = None


def write_wave(*, plan: Plan, items: Sequence[Planned], actor: Actor, at: datetime) -> Wave:
    """The wave and its items by COPY, counted and fingerprinted. Call inside a transaction."""
    ready = [item for item in items if not item.reason]
    wave = Wave.objects.create(
        kind=plan.kind,
        service=plan.service,
        load_id=plan.load_id,
        channel=plan.channel,
        template=texts_of_service(plan.service.code),
        planned_on=plan.on,
        recipients=len(ready),
        excluded=len(items) - len(ready),
        amount_cents=sum(item.amount_cents for item in ready),
        created_at=at,
        author_id=actor.user_id,
        author_name=actor.name,
    )
    copy_rows(WaveItem, _COLUMNS, (_row(wave, item, at) for item in items))
    wave.snapshot_sha256 = wave_fingerprint(wave)
    wave.save(update_fields=["snapshot_sha256"])
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


def _row(wave: Wave, item: Planned, at: datetime) -> tuple[object, ...]:
    state = WaveItem.State.EXCLUDED if item.reason else WaveItem.State.READY
    positions = json.dumps(item.position_ids)
    return (
        wave.pk, item.subject_id, positions, item.key, item.amount_cents, item.address, state.value, item.reason, at,
    )  # fmt: skip
