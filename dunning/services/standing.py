"""Chapter 9 – standing approval: the office's yes given once, so that the first courtesy message leaves by itself.

Before: a policy whose step asks for no approval each time.  After: every day at most one wave of at most so many people;
what looks unusual stops and waits for a person.
"""

from datetime import date, datetime

from django.db import transaction

from dunning.models import PolicyStep, StandingApproval, Wave
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.standing import RUNS, deviates
from dunning.rules.steps import StepKind
from dunning.selectors.freshness import stale_collections, stale_words
from dunning.selectors.policies import current_policy
from dunning.services.outcomes import SENDER
from dunning.services.planning import plan_step
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name, lock_row

LARGEST_CAP = 100_000
UNUSUAL = "Oggi l'invio sceglierebbe {chosen} persone, molte più o molte meno del solito: controllare prima di riprendere"
NEW_POLICY = "La procedura è cambiata: serve una nuova approvazione"


@transaction.atomic
def approve_standing(
    *, step_id: int, daily_cap: int, actor: Actor, at: datetime
) -> StandingApproval:
    """Let a courtesy step leave by itself. Raises ApprovalRefused."""
    lock_name(
        f"dunning.standing/{step_id}"
    )  # steps are never changed, so they cannot be locked either
    step = PolicyStep.objects.get(pk=step_id)
    _check(step, daily_cap, actor)
    for old in StandingApproval.objects.filter(step=step, ended_at=None):
        _end(old, actor, at, "Sostituita da una nuova approvazione")
    standing = StandingApproval.objects.create(
        step=step,
        daily_cap=daily_cap,
        approved_at=at,
        approver_id=actor.user_id,
        approver_name=actor.name,
    )
    _trace("approved", standing, actor, at, daily_cap=daily_cap)
    return standing


@transaction.atomic
def end_standing(*, standing_id: int, actor: Actor, at: datetime) -> None:
    """From now on nothing leaves by itself. Ending it twice is nothing."""
    standing = lock_row(StandingApproval, standing_id)
    if standing.ended_at is None:
        _end(standing, actor, at, "")


@transaction.atomic
def resume_standing(*, standing_id: int, actor: Actor, at: datetime) -> None:
    """Somebody looked at what was unusual: tomorrow's leaves again. Raises ApprovalRefused when it is over."""
    standing = lock_row(StandingApproval, standing_id)
    if standing.ended_at is not None:
        raise ApprovalRefused("L'approvazione permanente è finita: ne serve una nuova")
    standing.paused_at, standing.message = None, ""
    standing.save()
    _trace("resumed", standing, actor, at)


def run_standing(*, at: datetime, today: date) -> list[Wave]:
    """Today's automatic waves of the Ente, each at most once a day. Returns those written, started or left to a person."""
    running = StandingApproval.objects.filter(ended_at=None, paused_at=None).order_by("pk")
    waves = [_run(standing.pk, at, today) for standing in running]
    return [wave for wave in waves if wave is not None]


@transaction.atomic
def _run(standing_id: int, at: datetime, today: date) -> Wave | None:
    standing = lock_row(StandingApproval, standing_id)
    step = standing.step
    policy = current_policy(service_id=step.policy.service_id)
    if policy is None or policy.pk != step.policy_id:
        _end(standing, SENDER, at, NEW_POLICY)
        return None
    if standing.ended_at or standing.paused_at or _had_its_day(standing, today):
        return None
    if heard := stale_collections(at=at):
        standing.message = stale_words(heard)
        standing.save(update_fields=["message"])
        return None
    return _plan(standing, at, today)


def _had_its_day(standing: StandingApproval, today: date) -> bool:
    """Whatever approval it was under: one given anew the same day brings no second lot."""
    step = standing.step
    same = Wave.objects.filter(
        standing__step__number=step.number, service_id=step.policy.service_id, planned_on=today
    )
    return same.exists()


def _plan(standing: StandingApproval, at: datetime, today: date) -> Wave | None:
    try:
        wave = _simulate(standing, at, today)
    except WaveRefused as refusal:  # a text that was withdrawn, a channel that is off: said on the page, tried tomorrow
        standing.message = str(refusal)
        standing.save(update_fields=["message"])
        return None
    return _release(standing, wave, at) if wave else None


def _simulate(standing: StandingApproval, at: datetime, today: date) -> Wave | None:
    step = standing.step
    with transaction.atomic():
        wave = plan_step(
            service_id=step.policy.service_id, number=step.number, actor=SENDER, at=at, today=today,
            standing=standing, cap=standing.daily_cap,
        )  # fmt: skip
        if not wave.recipients:
            transaction.set_rollback(True)  # a day without anybody leaves no trace
            return None
    return wave


def _release(standing: StandingApproval, wave: Wave, at: datetime) -> Wave:
    """Start it, unless it looks unlike those of before: then a person decides."""
    earlier = standing.waves.exclude(pk=wave.pk).order_by("-planned_on")[:RUNS]
    if deviates(_chosen(wave), [_chosen(one) for one in earlier]):
        standing.paused_at, standing.message = at, UNUSUAL.format(chosen=_chosen(wave))
        standing.save()
        _trace("paused", standing, SENDER, at, chosen=_chosen(wave))
        return wave
    standing.message = ""
    standing.save(update_fields=["message"])
    approver = Actor(standing.approver_id, f"{standing.approver_name} (approvazione permanente)")
    approve_wave(wave_id=wave.pk, actor=approver, at=at)
    return start_wave(wave_id=wave.pk, actor=SENDER, at=at)


def _chosen(wave: Wave) -> int:
    """Also those whom the cap left for tomorrow."""
    return wave.recipients + wave.items.filter(reason=ExclusionReason.TETTO.value).count()


def _check(step: PolicyStep, daily_cap: int, actor: Actor) -> None:
    current = current_policy(service_id=step.policy.service_id)
    if current is None or current.pk != step.policy_id:
        raise ApprovalRefused(NEW_POLICY)
    if step.kind != StepKind.COURTESY or step.needs_approval:
        raise ApprovalRefused("Questo passo va approvato ogni volta: non può partire da solo")
    if step.policy.author_id == actor.user_id:
        raise ApprovalRefused(
            "L'approvazione va data da una persona diversa da chi ha scritto la procedura"
        )
    if not 1 <= daily_cap <= LARGEST_CAP:
        raise ApprovalRefused("Il massimo di messaggi al giorno va da 1 a 100.000")


def _end(standing: StandingApproval, actor: Actor, at: datetime, words: str) -> None:
    standing.ended_at, standing.message = at, words
    standing.save()
    _trace("ended", standing, actor, at, words=words)


def _trace(
    verb: str, standing: StandingApproval, actor: Actor, at: datetime, **details: object
) -> None:
    record_audit(
        action=f"dunning.standing.{verb}", actor=actor, at=at, subject=f"standing:{standing.pk}",
        step=standing.step.number, service=standing.step.policy.service.code, **details,
    )  # fmt: skip
