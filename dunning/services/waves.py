"""Chapter 9 – waves: simulated, approved by a person, started, paused, ended. Every step leaves its trace.

Before: planning.  After: sending, in the queue "waves".
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from dunning.models import Attempt, StepTaken, Wave, WaveItem
from dunning.rules.channels import LETTER, SEND, SMS
from dunning.rules.eligibility import ExclusionReason
from dunning.selectors.chosen_texts import unusable_text
from dunning.selectors.drift import moved_too_much
from dunning.selectors.freshness import stale_collections, stale_words
from dunning.selectors.policies import is_superseded
from dunning.selectors.snapshot import wave_fingerprint
from dunning.services.cascading import WORK
from dunning.services.refusals import ApprovalRefused, WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
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
    wave = _locked(wave_id, [Wave.State.SIMULATED], "approvare")
    if wave.kind in NEEDS_TWO_PERSONS and wave.author_id == actor.user_id:
        raise ApprovalRefused("L'invio va approvato da una persona diversa da chi l'ha preparato")
    if seen not in (None, wave.snapshot_sha256):
        raise ApprovalRefused(
            "L'invio è cambiato mentre lo si leggeva: rileggerlo prima di approvarlo"
        )
    _still_good(wave, at)
    wave.approved_at, wave.approver_id, wave.approver_name = at, actor.user_id, actor.name
    return _move(wave, Wave.State.APPROVED, "approved", actor, at, snapshot=wave.snapshot_sha256)


@transaction.atomic
def start_wave(*, wave_id: int, actor: Actor, at: datetime, despite: str = "") -> Wave:
    """Start an approved wave, or resume a paused one; ``despite``: why it leaves though collections are not fresh.

    Raises WaveRefused, ApprovalRefused.
    """
    wave = _locked(wave_id, [Wave.State.APPROVED, Wave.State.PAUSED], "avviare")
    if wave.state == Wave.State.APPROVED:
        _still_good(wave, at)
    elif at - (wave.started_at or at) > WINDOW:
        raise WaveRefused("L'invio è cominciato da più di 30 giorni: va annullato e preparato con i dati di oggi")  # fmt: skip
    if wave.kind in (Wave.Kind.REMINDER, Wave.Kind.ACT) and not (despite or wave.despite):
        _refuse_stale(at)
    resumed = wave.started_at is not None
    wave.message, wave.despite, wave.resumed_at = "", despite or wave.despite, at
    wave.started_at = wave.started_at or at
    if resumed and wave.canary:  # somebody looked at the first ones
        wave.canary_at = wave.canary_at or at
    _move(wave, Wave.State.SENDING, "resumed" if resumed else "started", actor, at, despite=despite)
    enqueue(WORK, queue="waves", wave_id=wave.pk)
    return wave


@transaction.atomic
def pause_wave(*, wave_id: int, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """Stop after the message that is leaving now. Raises WaveRefused."""
    wave = _locked(wave_id, [Wave.State.SENDING], "mettere in pausa")
    wave.message = reason
    return _move(wave, Wave.State.PAUSED, "paused", actor, at, reason=reason)


def pause_for_fault(*, wave_id: int, words: str, actor: Actor, at: datetime) -> None:
    """Something is wrong with the wave itself: pause, unless somebody already did. Call inside a transaction."""
    wave = lock_row(Wave, wave_id)
    if wave.state == Wave.State.SENDING:
        wave.message = words
        _move(wave, Wave.State.PAUSED, "paused", actor, at, reason=words)


@transaction.atomic
def cancel_wave(*, wave_id: int, actor: Actor, at: datetime, reason: str = "") -> Wave:
    """Give up what has not left yet, on paper too. Raises WaveRefused while it is sending: pause it first."""
    stopped = [Wave.State.SIMULATED, Wave.State.APPROVED, Wave.State.PAUSED]
    wave = _locked(wave_id, stopped, "annullare")
    _give_up_unsaid(wave, at)
    wave.ended_at, wave.message = at, reason
    return _move(wave, Wave.State.CANCELLED, "cancelled", actor, at, reason=reason)


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
def leave_out(*, item_id: int, reason: str, actor: Actor, at: datetime) -> Wave:
    """Take one person out of a wave that has not started. What was approved is void: it is simulated again as it is now.

    Raises WaveRefused.
    """
    item = WaveItem.objects.get(pk=item_id)
    wave = _locked(item.wave_id, [Wave.State.SIMULATED, Wave.State.APPROVED], "togliere qualcuno")
    item = lock_row(WaveItem, item_id)
    if item.state != WaveItem.State.READY:
        raise WaveRefused("Questa persona è già fuori dall'invio")
    wave.recipients, wave.excluded = wave.recipients - 1, wave.excluded + 1
    wave.amount_cents -= item.amount_cents
    wave.parts, wave.cost_mills = wave.parts - item.parts, wave.cost_mills - item.cost_mills
    item.state, item.reason, item.updated_at = (
        WaveItem.State.EXCLUDED,
        ExclusionReason.UFFICIO.value,
        at,
    )
    item.parts = item.cost_mills = 0
    item.save()
    wave.approved_at, wave.approver_id, wave.approver_name = None, None, ""
    wave.snapshot_sha256 = wave_fingerprint(wave)
    return _move(wave, Wave.State.SIMULATED, "edited", actor, at, left_out=item.key, reason=reason)


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
    # an SMS and an act can be looked up at the provider; an e-mail of uncertain outcome is left to a person
    uncertain = Attempt.objects.filter(item__wave=wave, state=Attempt.State.UNCERTAIN)
    return uncertain.filter(channel__in=[SMS, SEND]).exists()


def _locked(wave_id: int, states: Collection[str], verb: str) -> Wave:
    wave = lock_row(Wave, wave_id)
    if wave.state not in states:
        raise WaveRefused(f"L'invio è «{wave.get_state_display()}»: non si può {verb}")
    return wave


def _refuse_stale(at: datetime) -> None:
    if heard := stale_collections(at=at):
        raise WaveRefused(f"{stale_words(heard)}. Per inviare comunque va scritto il motivo")


def _still_good(wave: Wave, at: datetime) -> None:
    if wave.expires_at is not None and at > wave.expires_at:
        raise ApprovalRefused("La simulazione è troppo vecchia: va rifatta con i dati di oggi")
    if wave.kind == Wave.Kind.REMINDER and wave.step and is_superseded(wave.step):
        raise ApprovalRefused("La procedura è cambiata dopo la simulazione: va rifatta")
    if wave_fingerprint(wave) != wave.snapshot_sha256:
        raise ApprovalRefused(
            "I destinatari o i testi sono cambiati dopo la simulazione: va rifatta"
        )
    if why := unusable_text(wave, on=at.astimezone(ROME).date()):
        raise ApprovalRefused(why)
    if moved_too_much(wave):
        raise ApprovalRefused(
            "Dopo la simulazione sono cambiati troppi importi: va rifatta con i dati di oggi"
        )


def _move(wave: Wave, state: str, verb: str, actor: Actor, at: datetime, **details: str) -> Wave:
    wave.state = state
    wave.save()
    record_audit(
        action=f"dunning.wave.{verb}", actor=actor, at=at, subject=f"wave:{wave.uuid}", **details
    )
    return wave
