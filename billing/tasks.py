"""The work of billing that leaves a transaction: named in the outbox, done by Celery."""

import time

from django_tenants.utils import get_public_schema_name, schema_context

from billing.services.bollettazione import make_bollettazione
from billing.services.load_jobs import confirm_in_sight, undo_in_sight
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now
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


def _ente_at_work() -> Ente:
    """The Ente of the current schema, whole. Raises NoEnte."""
    schema = current_schema()
    with schema_context(get_public_schema_name()):
        ente = ente_of_schema(schema)
    if ente is None:
        raise NoEnte(f"Ente sconosciuto: {schema}")
    return ente
