"""Work of pagopa that the outbox names: each loads, calls one service, and comes back if the other side is not there."""

from celery import shared_task

from pagopa.gateways.configured import publication_gateway
from pagopa.services import publication, publication_sweep
from paybox.kernel.clock import now
from paybox.kernel.queue import NoEnte, current_schema, queued
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema
from tenants.services.fan_out import for_each_ente


@queued("pagopa.ask_publication")
def ask_publication(*, position_ids: list[int]) -> None:
    publication.ask_publication(position_ids=position_ids, at=now())


@queued("pagopa.publish_batch")
def publish_batch(*, publication_ids: list[int]) -> None:
    ente = _ente()
    publication.publish_batch(
        publication_ids=publication_ids,
        gateway=publication_gateway(ente.gateway),
        ente=ente,
        at=now(),
    )


@shared_task(name="pagopa.sweep_publications")
def sweep_publications() -> None:
    """For each Ente: what waits to be on pagoPA and that nobody remembers."""
    for_each_ente(lambda: publication_sweep.sweep_publications(at=now()))


def _ente() -> Ente:
    ente = ente_of_schema(current_schema())
    if ente is None:
        raise NoEnte(current_schema())
    return ente
