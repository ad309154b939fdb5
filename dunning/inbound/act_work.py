"""The door of the batches of acts: a slice at a time, so that no lease of the outbox runs out."""

import time

from billing.services.job_fate import note_given_up, note_tried_again
from dunning.models import ActBatch
from dunning.services.act_batches import WORK
from dunning.services.act_making import make_acts
from paybox.kernel.clock import now
from paybox.kernel.queue import enqueue
from tenants.selectors.enti import ente_at_work

SLICE_SECONDS = 60


def make_acts_in_slices(*, batch_id: int) -> None:
    """Make acts for a minute; what is left is a new entry of the outbox."""
    started, ente = time.monotonic(), ente_at_work()
    finished = make_acts(
        batch_id=batch_id, segregation=ente.segregation, at=now(),
        enough=lambda: time.monotonic() - started > SLICE_SECONDS,
    )  # fmt: skip
    if not finished:
        enqueue(WORK, batch_id=batch_id)


def fate_of_acts(*, given_up: bool, batch_id: int) -> None:
    """The job of a batch."""
    job_id = ActBatch.objects.values_list("job_id", flat=True).get(pk=batch_id)
    if job_id is None:
        return
    if given_up:
        note_given_up(job_id=job_id, at=now())
    else:
        note_tried_again(job_id=job_id)
