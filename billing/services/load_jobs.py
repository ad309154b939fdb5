"""Chapter 1, as an official lives it – confirmation and undoing are asked on a page and done behind it.

Before: the preview.  After: ``loads``; the job's page shows how far it has come.
"""

from datetime import datetime

from django.db import transaction

from billing.models import Load, LoadRow, Position
from billing.services.loads import LoadRefused, confirm_next_chunk, undo_load
from billing.states import PositionState
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job
from paybox.kernel.queue import enqueue

CONFIRM = "billing.confirm_load"
UNDO = "billing.undo_load"
_ENDED = (Job.State.DONE, Job.State.CANCELLED, Job.State.FAILED)


@transaction.atomic
def ask_confirmation(*, load_id: int, actor: Actor, at: datetime) -> Job:
    """Have the accepted rows of a staged load opened; the job already under way is given back.

    Raises LoadRefused when there is nothing to load or the load is past that.
    """
    load = lock_row(Load, load_id)
    if (running := _running(CONFIRM, load)) is not None:
        return running
    if load.state not in (Load.State.STAGED, Load.State.CONFIRMING):
        raise LoadRefused("Questo caricamento è già stato concluso o annullato")
    total = load.staged.filter(state=LoadRow.State.ACCEPTED).count()
    if not total:
        raise LoadRefused("Il file non ha righe da caricare")
    Load.objects.filter(pk=load.pk).update(state=Load.State.CONFIRMING)
    return _ask(CONFIRM, f"Caricamento di {load.filename}", load, total, actor, at)


@transaction.atomic
def ask_undo(*, load_id: int, actor: Actor, at: datetime) -> Job:
    """Have a load undone: every position withdrawn, or none. Raises LoadRefused."""
    load = lock_row(Load, load_id)
    if (running := _running(UNDO, load)) is not None:
        return running
    if load.state not in (Load.State.CONFIRMED, Load.State.STAGED):
        raise LoadRefused("Si annulla solo un caricamento in esame o concluso")
    total = Position.objects.filter(load=load).exclude(state=PositionState.WITHDRAWN).count()
    return _ask(UNDO, f"Annullamento di {load.filename}", load, total, actor, at)


def confirm_in_sight(
    *, job_id: int, load_id: int, segregation: str, actor: Actor, at: datetime
) -> None:
    """Confirm the load and move its job's bar. Twice does no harm; what was refused is said on the job."""
    job = _start(job_id, at)
    if job.state in _ENDED:
        return
    try:
        while confirm_next_chunk(load_id=load_id, segregation=segregation, actor=actor, at=at):
            loaded = Load.objects.values_list("loaded_positions", flat=True).get(pk=load_id)
            Job.objects.filter(pk=job_id).update(done=loaded)
    except LoadRefused as refusal:
        _end(job, Job.State.FAILED, str(refusal), at)
    else:
        _end(job, Job.State.DONE, "", at)


def undo_in_sight(*, job_id: int, load_id: int, actor: Actor, at: datetime) -> None:
    """Undo the load; a refusal is said on the job and nothing is changed."""
    job = _start(job_id, at)
    if job.state in _ENDED:
        return
    try:
        if not _is_undone(load_id):
            undo_load(load_id=load_id, actor=actor, at=at)
    except LoadRefused as refusal:
        undone = _is_undone(load_id)  # by another worker that was rung for the same job
        _end(job, *((Job.State.DONE, "") if undone else (Job.State.FAILED, str(refusal))), at)
    else:
        _end(job, Job.State.DONE, "", at)


def _is_undone(load_id: int) -> bool:
    return Load.objects.filter(pk=load_id, state=Load.State.UNDONE).exists()


def _running(kind: str, load: Load) -> Job | None:
    jobs = Job.objects.filter(kind=kind, details__load=str(load.uuid))
    return jobs.exclude(state__in=_ENDED).first()


def _ask(kind: str, title: str, load: Load, total: int, actor: Actor, at: datetime) -> Job:
    job = Job.objects.create(
        kind=kind, title=title, total=total, created_at=at, actor_name=actor.name,
        details={"load": str(load.uuid)},
    )  # fmt: skip
    enqueue(kind, job_id=job.pk, load_id=load.pk, actor_id=actor.user_id, actor_name=actor.name)
    return job


def _start(job_id: int, at: datetime) -> Job:
    waiting = Job.objects.filter(pk=job_id, state=Job.State.WAITING)
    waiting.update(state=Job.State.RUNNING, started_at=at)
    return Job.objects.get(pk=job_id)


def _end(job: Job, state: str, message: str, at: datetime) -> None:
    """What has ended once is not ended again: the job's page has already said how."""
    done = job.total if state == Job.State.DONE else job.done
    going = Job.objects.filter(pk=job.pk).exclude(state__in=_ENDED)
    going.update(state=state, message=message, done=done, ended_at=at)
