"""The door of the print batches: a slice at a time, so that no lease of the outbox runs out."""

import time

from billing.services.job_fate import note_given_up, note_tried_again
from dunning.inbound.addresses import portal_url
from dunning.models import PrintBatch
from dunning.services.post_batches import WORK
from dunning.services.post_printing import make_batch
from dunning.services.post_sent import WORK as LEFT_WORK
from dunning.services.post_sent import tell_parts
from dunning.services.way import SendingWay
from paybox.kernel.clock import now
from paybox.kernel.queue import enqueue
from tenants.selectors.enti import ente_at_work

SLICE_SECONDS = 120


def make_batch_in_slices(*, batch_id: int) -> None:
    """Print for some minutes; what is left is a new entry of the outbox."""
    started, ente = time.monotonic(), ente_at_work()
    way = SendingWay(ente=ente, sender="", portal_url=portal_url(ente))
    finished = make_batch(
        batch_id=batch_id, way=way, at=now(), enough=lambda: time.monotonic() - started > SLICE_SECONDS,
    )  # fmt: skip
    if not finished:
        enqueue(WORK, queue="documents", batch_id=batch_id)


def tell_left_in_slices(*, batch_id: int, job_id: int) -> None:
    """The same for letters that left and are not told yet."""
    started = time.monotonic()
    finished = tell_parts(
        batch_id=batch_id, job_id=job_id, at=now(), enough=lambda: time.monotonic() - started > SLICE_SECONDS,
    )  # fmt: skip
    if not finished:
        enqueue(LEFT_WORK, queue="documents", batch_id=batch_id, job_id=job_id)


def fate_of_left(*, given_up: bool, job_id: int) -> None:
    """Their job."""
    if given_up:
        note_given_up(job_id=job_id, at=now())
    else:
        note_tried_again(job_id=job_id)


def fate_of_batch(*, given_up: bool, batch_id: int) -> None:
    """The job of a batch."""
    job_id = PrintBatch.objects.values_list("job_id", flat=True).get(pk=batch_id)
    fate_of_left(given_up=given_up, job_id=job_id)
