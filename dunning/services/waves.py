"""Chapter 9 – waves: simulated, approved by a person, started, paused, ended. Every step leaves its trace.

Before: planning, ``leaving_out``; what voids a yes is in ``approvals``.  After: sending, in the queue "waves".
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from dunning.models import Attempt, StepTaken, Wave, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.eligibility import ExclusionReason
from dunning.selectors.wave_tries import in_doubt
from dunning.services.approvals import refuse_if_stale, refuse_if_void
from dunning.services.cascading import WORK
from dunning.services.refusals import ApprovalRefused, WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.queue import enqueue

WINDOW = timedelta(days=30)  # what was said for a month ago is not said any more
# A reminder is decided by two persons; the first notice only carries what the load already decided.
NEEDS_TWO_PERSONS = (Wave.Kind.REMINDER, Wave.Kind.LIST, Wave.Kind.ACT, Wave.Kind.INVITE)


@transaction.atomic
def approve_wave(*, wave_id: int, actor: Actor, at: datetime, seen: str | None = None) -> Wave:
    """Approve exactly what was simulated; ``seen`` is the fingerprint that the approver had before her eyes.

    Raises ApprovalRefused when the author approves her own reminder, when anything changed since, or when the
    simulation is too old; WaveRefused when the wave is not waiting for approval.
    """
    wave = locked_wave(wave_id, [Wave.State.SIMULATED], "approvare")
    if wave.kind in NEEDS_TWO_PERSONS and wave.author_id == actor.user_id:
        raise ApprovalRefused(
            "L'invio va approvato da una persona diversa da chi l'ha preparato o cambiato"
        )
    if seen not in (None, wave.snapshot_sha256):
        raise ApprovalRefused("L'invio è cambiato mentre lo si leggeva: rileggerlo prima di approvarlo")  # fmt: skip
    refuse_if_void(wave, at=at)
    wave.approved_at, wave.approver_id, wave.approver_name = at, actor.user_id, actor.name
    return move_wave(
        wave, Wave.State.APPROVED, "approved", actor, at, snapshot=wave.snapshot_sha256
    )


@transaction.atomic
def start_wave(*, wave_id: int, actor: Actor, at: datetime, despite: str = "") -> Wave:
    """Start an approved wave, or resume a paused one; ``despite``: why it leaves though collections are not fresh.

    Raises WaveRefused, ApprovalRefused.
    """
    wave = locked_wave(wave_id, [Wave.State.APPROVED, Wave.State.PAUSED], "avviare")
    if wave.state == Wave.State.APPROVED:
        refuse_if_void(wave, at=at)
    elif at - (wave.started_at or at) > WINDOW:
        raise WaveRefused("L'invio è cominciato da più di 30 giorni: va annullato e preparato con i dati di oggi")  # fmt: skip
    if wave.kind in (Wave.Kind.REMINDER, Wave.Kind.ACT) and not (despite or wave.despite):
        refuse_if_stale(at=at)
    resumed = wave.started_at is not None
    wave.message, wave.despite, wave.resumed_at = "", despite or wave.despite, at
    wave.started_at = wave.started_at or at
    if resumed and wave.canary:  # somebody looked at the first ones
        wave.canary_at = wave.canary_at or at
    move_wave(
        wave, Wave.State.SENDING, "resumed" if resumed else "started", actor, at, despite=despite
    )
    enqueue(WORK, queue="waves", wave_id=wave.pk)
    return wave


@transaction.atomic
def pause_wave(*, wave_id: int, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """Stop after the message that is leaving now. Raises WaveRefused."""
    wave = locked_wave(wave_id, [Wave.State.SENDING], "mettere in pausa")
    wave.message = reason
    return move_wave(wave, Wave.State.PAUSED, "paused", actor, at, reason=reason)


def pause_for_fault(*, wave_id: int, words: str, actor: Actor, at: datetime) -> None:
    """Something is wrong with the wave itself: pause, unless somebody already did. Call inside a transaction."""
    wave = lock_row(Wave, wave_id)
    if wave.state == Wave.State.SENDING:
        wave.message = words
        move_wave(wave, Wave.State.PAUSED, "paused", actor, at, reason=words)


@transaction.atomic
def cancel_wave(*, wave_id: int, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """Give up what has not left yet, on paper too. Raises WaveRefused while it is sending: pause it first."""
    stopped = [Wave.State.SIMULATED, Wave.State.APPROVED, Wave.State.PAUSED]
    wave = locked_wave(wave_id, stopped, "annullare")
    _give_up_unsaid(wave, at)
    wave.ended_at, wave.message = at, reason
    if wave.started_at:  # what nobody knows the end of is looked up
        enqueue(WORK, queue="waves", wave_id=wave.pk)
    return move_wave(wave, Wave.State.CANCELLED, "cancelled", actor, at, reason=reason)


def _give_up_unsaid(wave: Wave, at: datetime) -> None:
    """Nobody is told anything any more; a step counts only where an earlier message of its item left."""
    open_letters = Attempt.objects.filter(channel=LETTER, state=Attempt.State.CREATED)
    if open_letters.filter(item__wave=wave).exists():
        raise WaveRefused("Alcune lettere sono in un lotto di stampa: prima va annullato il lotto, o detto che è partito")  # fmt: skip
    unsaid = [WaveItem.State.READY, WaveItem.State.PAPER]
    tried = Attempt.objects.filter(item=OuterRef("item"))
    left = tried.exclude(state=Attempt.State.FAILED_NOW, sent_at=None)
    steps = StepTaken.objects.filter(item__wave=wave, item__state__in=unsaid)
    steps.filter(~Exists(left)).delete()
    wave.items.filter(state__in=unsaid).update(
        state=WaveItem.State.SKIPPED, reason=ExclusionReason.ANNULLATA.value, updated_at=at
    )


@transaction.atomic
def finish_wave(*, wave_id: int, actor: Actor, at: datetime) -> bool:
    """Close the wave when no item waits and no attempt is open. True when it is closed."""
    wave = lock_row(Wave, wave_id)
    if wave.state != Wave.State.SENDING or _still_open(wave):
        return wave.state == Wave.State.SENT
    wave.ended_at = at
    move_wave(wave, Wave.State.SENT, "sent", actor, at)
    return True


def _still_open(wave: Wave) -> bool:
    waiting = [WaveItem.State.READY, WaveItem.State.SENDING]
    return wave.items.filter(state__in=waiting).exists() or in_doubt(wave.pk)


def locked_wave(wave_id: int, states: Collection[str], verb: str) -> Wave:
    """In one of these states, until the transaction ends. Raises WaveRefused, saying that one cannot ``verb``."""
    wave = lock_row(Wave, wave_id)
    if wave.state not in states:
        raise WaveRefused(f"L'invio è «{wave.get_state_display()}»: non si può {verb}")
    return wave


def move_wave(
    wave: Wave, state: str, verb: str, actor: Actor, at: datetime, **details: str
) -> Wave:
    """Save it in its new state, and who did it."""
    wave.state = state
    wave.save()
    record_audit(
        action=f"dunning.wave.{verb}", actor=actor, at=at, subject=f"wave:{wave.uuid}", **details
    )
    return wave
