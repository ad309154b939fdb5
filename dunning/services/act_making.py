"""Chapter 10 – acts made one by one: each credit replaced in a transaction of its own; a worker that dies goes on from there.

Before: an approved batch.  After: new positions with their lines in the ledger, to be served. What changed since the figures
were approved is skipped with its reason, never charged.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from billing.models import Position
from billing.states import PositionState
from dunning.models import ActBatch, ActItem
from dunning.rules.act_lines import LineKind
from dunning.rules.eligibility import ExclusionReason, stopped_by
from dunning.selectors.acts import interest_since
from dunning.selectors.facts import holds_in_force
from dunning.services.acts import Costs, replace_position
from dunning.services.refusals import WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job
from paybox.kernel.problems import Refused

TOLD_EVERY = 20


def make_acts(
    *, batch_id: int, segregation: str, at: datetime, enough: Callable[[], bool] = lambda: False
) -> bool:
    """Make what is left of the batch, or until ``enough()``. True when nothing is left. Never inside a transaction."""
    batch = ActBatch.objects.select_related("step", "job").get(pk=batch_id)
    if batch.state != ActBatch.State.MAKING:
        return True
    waiting = Job.objects.filter(pk=_job(batch), state=Job.State.WAITING)
    waiting.update(state=Job.State.RUNNING, started_at=at)
    made = 0
    while make_next(batch=batch, segregation=segregation, at=at):
        made += 1
        if made % TOLD_EVERY == 0:
            _tell_job(batch)
        if enough():
            _tell_job(batch)
            return False
    _finish(batch, at)
    return True


@transaction.atomic
def make_next(*, batch: ActBatch, segregation: str, at: datetime) -> bool:
    """One credit, whole or not at all. False when none waits that another worker does not hold."""
    free = ActItem.objects.select_for_update(skip_locked=True)
    item = free.filter(batch=batch, state=ActItem.State.READY).order_by("pk").first()
    if item is None:
        return False
    item.updated_at = at
    position = lock_row(Position, item.position_id)
    item.reason = _why_not(batch, item, position, at)
    if not item.reason:
        try:
            with transaction.atomic():
                item.replacement = _replace(batch, item, position, segregation, at)
        except Refused:
            item.reason = ExclusionReason.NON_SOSTITUIBILE
    item.state = ActItem.State.SKIPPED if item.reason else ActItem.State.DONE
    item.save(update_fields=["state", "reason", "replacement", "updated_at"])
    return True


def _why_not(batch: ActBatch, item: ActItem, position: Position, at: datetime) -> str:
    """What is true now of a credit whose figures were approved some hours ago."""
    today = at.astimezone(ROME).date()
    if position.state == PositionState.WITHDRAWN:
        return ExclusionReason.RITIRATO
    if position.state == PositionState.SETTLED:
        return ExclusionReason.PAGATO
    if position.residual_cents != item.owed_cents or batch.due_on < today:
        return ExclusionReason.CAMBIATO
    holds = holds_in_force(on=today, subject_ids=[position.subject_id])
    held = holds.why(position.subject_id, position.pk)
    return stopped_by(hold=held, gate=None, history=None, on=today) or ""


def _replace(
    batch: ActBatch, item: ActItem, position: Position, segregation: str, at: datetime
) -> Position:
    charged = LineKind.INTEREST in batch.step.charges
    return replace_position(
        position_id=position.pk,
        costs=Costs(
            expenses_cents=item.expenses_cents,
            sanctions_cents=item.sanctions_cents,
            interest_cents=item.interest_cents,
            charges_cents=item.charges_cents,
        ),
        reason=batch.reason,
        due_on=batch.due_on,
        segregation=segregation,
        actor=_approver(batch),
        at=at,
        interest_until=batch.planned_on if charged else interest_since(position),
    )


def _approver(batch: ActBatch) -> Actor:
    if batch.approver_id is None:
        raise WaveRefused("Il lotto non è approvato")
    return Actor(batch.approver_id, batch.approver_name)


def _job(batch: ActBatch) -> int:
    if batch.job_id is None:
        raise WaveRefused("Il lotto non è approvato")
    return batch.job_id


def _tell_job(batch: ActBatch) -> None:
    states = batch.items.exclude(state__in=[ActItem.State.READY, ActItem.State.EXCLUDED])
    skipped = states.filter(state=ActItem.State.SKIPPED).count()
    Job.objects.filter(pk=_job(batch)).update(done=states.count(), failed=skipped)


@transaction.atomic
def _finish(batch: ActBatch, at: datetime) -> None:
    """Done when no credit waits; one that another worker holds is finished by that worker."""
    locked = lock_row(ActBatch, batch.pk)
    if locked.state != ActBatch.State.MAKING:
        return
    if locked.items.filter(state=ActItem.State.READY).exists():
        return
    _tell_job(locked)
    locked.state, locked.ended_at = ActBatch.State.DONE, at
    locked.save(update_fields=["state", "ended_at"])
    Job.objects.filter(pk=_job(locked)).update(state=Job.State.DONE, ended_at=at)
