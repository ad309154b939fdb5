"""Chapter 10 – letters left: a batch that the printer has is told letter by letter, some hundreds at a time.

Before: a person says that the printer has it (``post_batches``).  After: attempts, items and timelines agree. Each part is a
transaction of its own: a worker that dies goes on from the first letter that is not told yet.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from dunning.models import Attempt, PrintBatch
from dunning.services.outcomes import take_accepted
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job
from paybox.kernel.queue import enqueue

KIND = "dunning.letters_left"
WORK = "dunning.tell_letters_left"
PART = 500


def tell_first_part(batch: PrintBatch, *, at: datetime) -> None:
    """In the transaction in which it left; what is more than a part is a job of its own."""
    told = _tell_part(batch)
    if told < PART:
        return
    job = Job.objects.create(
        kind=KIND, title=f"Consegna delle lettere di {batch.wave.service.name}", total=batch.letters_count,
        done=told, created_at=at, actor_name=batch.sent_by,
    )  # fmt: skip
    enqueue(WORK, queue="documents", batch_id=batch.pk, job_id=job.pk)


def tell_parts(
    *, batch_id: int, job_id: int, at: datetime, enough: Callable[[], bool] = lambda: False
) -> bool:
    """Tell what is left. False when ``enough()`` said so between two parts. Never call it inside a transaction."""
    batch = PrintBatch.objects.select_related("wave__service").get(pk=batch_id)
    Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(
        state=Job.State.RUNNING, started_at=at
    )
    while _one_part(batch, job_id, at):
        if enough():
            return False
    return True


@transaction.atomic
def _one_part(batch: PrintBatch, job_id: int, at: datetime) -> bool:
    job = lock_row(Job, job_id)
    told = _tell_part(batch)
    job.done = job.done + told
    if not told and job.state == Job.State.RUNNING:
        job.state, job.ended_at, job.done = Job.State.DONE, at, job.total
    job.save(update_fields=["state", "ended_at", "done"])
    return bool(told)


def _tell_part(batch: PrintBatch) -> int:
    """They left when the person said so."""
    assert batch.sent_at is not None  # noqa: S101 - it is handed over
    waiting = Attempt.objects.filter(letter__batch=batch, state=Attempt.State.CREATED)
    ids = list(waiting.order_by("letter__number").values_list("pk", flat=True)[:PART])
    take_accepted(accepted=dict.fromkeys(ids, ""), wave=batch.wave, at=batch.sent_at)
    return len(ids)
