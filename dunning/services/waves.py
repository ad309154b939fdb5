"""Chapter 9 – waves: simulated, approved by a person, started, paused, ended. Every step leaves its trace.

Before: planning.  After: sending, in the queue "waves".
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.eligibility import ExclusionReason
from dunning.selectors.snapshot import wave_fingerprint
from dunning.services.refusals import ApprovalRefused, WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.queue import enqueue

WORK = "dunning.send_wave"
# A reminder is decided by two persons; the first notice only carries what the load already decided.
NEEDS_TWO_PERSONS = (Wave.Kind.REMINDER,)


@transaction.atomic
def approve_wave(*, wave_id: int, actor: Actor, at: datetime) -> Wave:
    """Approve exactly what was simulated.

    Raises ApprovalRefused when the author approves her own reminder, or anything changed since; WaveRefused when the
    wave is not waiting for approval.
    """
    wave = _locked(wave_id, [Wave.State.SIMULATED], "approvare")
    if wave.kind in NEEDS_TWO_PERSONS and wave.author_id == actor.user_id:
        raise ApprovalRefused(
            "Il sollecito va approvato da una persona diversa da chi l'ha preparato"
        )
    _same_as_simulated(wave)
    wave.approved_at, wave.approver_id, wave.approver_name = at, actor.user_id, actor.name
    return _move(wave, Wave.State.APPROVED, "approved", actor, at, snapshot=wave.snapshot_sha256)


@transaction.atomic
def start_wave(*, wave_id: int, actor: Actor, at: datetime) -> Wave:
    """Start an approved wave, or resume a paused one. Raises WaveRefused, ApprovalRefused."""
    wave = _locked(wave_id, [Wave.State.APPROVED, Wave.State.PAUSED], "avviare")
    if wave.state == Wave.State.APPROVED:
        _same_as_simulated(wave)
    resumed = wave.state == Wave.State.PAUSED
    wave.message = ""
    _move(wave, Wave.State.SENDING, "resumed" if resumed else "started", actor, at)
    enqueue(WORK, queue="waves", wave_id=wave.pk)
    return wave


@transaction.atomic
def pause_wave(*, wave_id: int, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """Stop after the message that is leaving now. Raises WaveRefused."""
    wave = _locked(wave_id, [Wave.State.SENDING], "mettere in pausa")
    wave.message = reason
    return _move(wave, Wave.State.PAUSED, "paused", actor, at, reason=reason)


def pause_for_fault(*, wave_id: int, words: str, actor: Actor, at: datetime) -> None:
    """The fault is on our side of the wire: pause, unless somebody already did. Call inside a transaction."""
    wave = lock_row(Wave, wave_id)
    if wave.state == Wave.State.SENDING:
        wave.message = words
        _move(wave, Wave.State.PAUSED, "paused", actor, at, reason=words)


@transaction.atomic
def cancel_wave(*, wave_id: int, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """Give up what has not left yet. Raises WaveRefused while it is sending: pause it first."""
    stopped = [Wave.State.SIMULATED, Wave.State.APPROVED, Wave.State.PAUSED]
    wave = _locked(wave_id, stopped, "annullare")
    wave.items.filter(state=WaveItem.State.READY).update(
        state=WaveItem.State.SKIPPED, reason=ExclusionReason.ANNULLATA.value, updated_at=at
    )
    wave.ended_at, wave.message = at, reason
    return _move(wave, Wave.State.CANCELLED, "cancelled", actor, at, reason=reason)


@transaction.atomic
def finish_wave(*, wave_id: int, actor: Actor, at: datetime) -> bool:
    """Close the wave when no item waits and no attempt is open. True when it is closed."""
    wave = lock_row(Wave, wave_id)
    if wave.state != Wave.State.SENDING or _still_open(wave):
        return wave.state == Wave.State.SENT
    wave.ended_at = at
    _move(wave, Wave.State.SENT, "sent", actor, at)
    return True


def _still_open(wave: Wave) -> bool:
    waiting = [WaveItem.State.READY, WaveItem.State.SENDING]
    if WaveItem.objects.filter(wave=wave, state__in=waiting).exists():
        return True
    # an SMS can be looked up at the provider; an e-mail of uncertain outcome is left to a person
    uncertain = Attempt.objects.filter(item__wave=wave, state=Attempt.State.UNCERTAIN)
    return wave.channel == "SMS" and uncertain.exists()


def _locked(wave_id: int, states: Collection[str], verb: str) -> Wave:
    wave = lock_row(Wave, wave_id)
    if wave.state not in states:
        raise WaveRefused(f"L'invio è «{wave.get_state_display()}»: non si può {verb}")
    return wave


def _same_as_simulated(wave: Wave) -> None:
    if wave_fingerprint(wave) != wave.snapshot_sha256:
        raise ApprovalRefused(
            "I destinatari o i testi sono cambiati dopo la simulazione: va rifatta"
        )


def _move(wave: Wave, state: str, verb: str, actor: Actor, at: datetime, **details: str) -> Wave:
    wave.state = state
    wave.save()
    record_audit(
        action=f"dunning.wave.{verb}", actor=actor, at=at, subject=f"wave:{wave.uuid}", **details
    )
    return wave
