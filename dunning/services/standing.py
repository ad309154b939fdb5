"""Chapter 9 – standing approval: the office's yes given once, so that the first courtesy message leaves by itself.

Before: a policy whose step asks for no approval each time.  After: ``standing_runs``, every day.
"""

from datetime import datetime

from django.db import transaction

from dunning.models import PolicyStep, StandingApproval
from dunning.rules.step_drafts import may_leave_by_itself
from dunning.selectors.policies import current_policy
from dunning.services.refusals import ApprovalRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name, lock_row

LARGEST_CAP = 100_000
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
        close_standing(old, actor, at, "Sostituita da una nuova approvazione")
    standing = StandingApproval.objects.create(
        step=step,
        daily_cap=daily_cap,
        approved_at=at,
        approver_id=actor.user_id,
        approver_name=actor.name,
    )
    trace_standing("approved", standing, actor, at, daily_cap=daily_cap)
    return standing


@transaction.atomic
def end_standing(*, standing_id: int, actor: Actor, at: datetime) -> None:
    """From now on nothing leaves by itself. Ending it twice is nothing."""
    standing = lock_row(StandingApproval, standing_id)
    if standing.ended_at is None:
        close_standing(standing, actor, at, "")


@transaction.atomic
def resume_standing(*, standing_id: int, actor: Actor, at: datetime) -> None:
    """Somebody looked at what was unusual: tomorrow's leaves again. Raises ApprovalRefused when it is over."""
    standing = lock_row(StandingApproval, standing_id)
    if standing.ended_at is not None:
        raise ApprovalRefused("L'approvazione permanente è finita: ne serve una nuova")
    standing.paused_at, standing.message = None, ""
    standing.save()
    trace_standing("resumed", standing, actor, at)


def _check(step: PolicyStep, daily_cap: int, actor: Actor) -> None:
    current = current_policy(service_id=step.policy.service_id)
    if current is None or current.pk != step.policy_id:
        raise ApprovalRefused(NEW_POLICY)
    if step.needs_approval or not may_leave_by_itself(step.kind, step.number):
        raise ApprovalRefused("Questo passo va approvato ogni volta: non può partire da solo")
    if step.policy.author_id == actor.user_id:
        raise ApprovalRefused(
            "L'approvazione va data da una persona diversa da chi ha scritto la procedura"
        )
    if not 1 <= daily_cap <= LARGEST_CAP:
        raise ApprovalRefused("Il massimo di messaggi al giorno va da 1 a 100.000")


def close_standing(standing: StandingApproval, actor: Actor, at: datetime, words: str) -> None:
    """It is over, with why. Call inside a transaction."""
    standing.ended_at, standing.message = at, words
    standing.save()
    trace_standing("ended", standing, actor, at, words=words)


def trace_standing(
    verb: str, standing: StandingApproval, actor: Actor, at: datetime, **details: object
) -> None:
    """What was done with it, for the audit trail."""
    record_audit(
        action=f"dunning.standing.{verb}", actor=actor, at=at, subject=f"standing:{standing.pk}",
        step=standing.step.number, service=standing.step.policy.service.code, **details,
    )  # fmt: skip
