"""The work of billing that leaves a transaction: named in the outbox, done by Celery."""

import time

from django_tenants.utils import get_public_schema_name, schema_context

from billing.models import Bollettazione
from billing.services.bollettazione import make_bollettazione
from billing.services.job_fate import note_given_up, note_tried_again
from billing.services.load_jobs import confirm_in_sight, undo_in_sight
from billing.services.posting import tell_posted
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now
from paybox.kernel.given_up import follow
from paybox.kernel.queue import NoEnte, current_schema, enqueue, queued
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema

SLICE_SECONDS = 120  # well under the lease of the outbox and the time limit of a task


@queued("billing.make_bollettazione")
def make_bollettazione_in_slices(*, bollettazione_id: int) -> None:
    """Print for some minutes; what is left is a new entry of the outbox, so no lease runs out."""
    started = time.monotonic()
    finished = make_bollettazione(
        bollettazione_id=bollettazione_id,
        ente=_ente_at_work(),
        at=now(),
        enough=lambda: time.monotonic() - started > SLICE_SECONDS,
    )
    if not finished:
        enqueue("billing.make_bollettazione", queue="documents", bollettazione_id=bollettazione_id)


@queued("billing.tell_posted")
def tell_posted_of_file(*, bollettazione_id: int) -> None:
    """Say on each position that its notice left on paper."""
    tell_posted(bollettazione_id=bollettazione_id, at=now())


@queued("billing.confirm_load")
def confirm_load_in_sight(*, job_id: int, load_id: int, actor_id: int, actor_name: str) -> None:
    """Open the credits of a load that an official confirmed."""
    confirm_in_sight(
        job_id=job_id,
        load_id=load_id,
        segregation=_ente_at_work().segregation,
        actor=Actor(actor_id, actor_name),
        at=now(),
    )


@queued("billing.undo_load")
def undo_load_in_sight(*, job_id: int, load_id: int, actor_id: int, actor_name: str) -> None:
    """Withdraw the credits of a load that an official took back."""
    undo_in_sight(job_id=job_id, load_id=load_id, actor=Actor(actor_id, actor_name), at=now())


@follow("billing.confirm_load")
@follow("billing.undo_load")
def fate_of_load_job(*, given_up: bool, job_id: int, **_: object) -> None:
    """The job of a confirmation or of an undoing."""
    _tell_job(job_id, given_up=given_up)


@follow("billing.make_bollettazione")
def fate_of_bollettazione(*, given_up: bool, bollettazione_id: int) -> None:
    """The job of a billing file."""
    job_id = Bollettazione.objects.values_list("job_id", flat=True).get(pk=bollettazione_id)
    _tell_job(job_id, given_up=given_up)


def _tell_job(job_id: int, *, given_up: bool) -> None:
    if given_up:
        note_given_up(job_id=job_id, at=now())
    else:
        note_tried_again(job_id=job_id)


def _ente_at_work() -> Ente:
    """The Ente of the current schema, whole. Raises NoEnte."""
    schema = current_schema()
    with schema_context(get_public_schema_name()):
        ente = ente_of_schema(schema)
    if ente is None:
        raise NoEnte(f"Ente sconosciuto: {schema}")
    return ente
