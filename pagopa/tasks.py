"""Work of pagopa that the outbox names: each loads, calls one service, and comes back if the other side is not there."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from pagopa.gateways.configured import publication_gateway
from pagopa.gateways.configured_sources import asks_for_flows, flow_source, receipt_sources
from pagopa.gateways.receipt_sources import CallBudget, ReceiptSource
from pagopa.services import (
    flow_pull,
    publication,
    publication_roads,
    publication_sending,
    publication_sweep,
    receipt_recovery,
    receipt_search,
)
from pagopa.services.flow_collections import book_without_receipt as book_waited
from pagopa.services.receipt_arrival import book_left
from pagopa.services.receipt_recovery import Archives
from pagopa.services.treasury_matching import label_single_credits as label_waiting_credits
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now
from paybox.kernel.queue import NoEnte, current_schema, enqueue, queued
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema
from tenants.services.fan_out import for_each_ente


@queued("pagopa.ask_publication")
def ask_publication(*, position_ids: list[int]) -> None:
    files = settings.ENVIRONMENT.intermediary_bulk_from > 0
    together = settings.ENVIRONMENT.intermediary_bulk_size if files else publication.BATCH
    publication.ask_publication(position_ids=position_ids, at=now(), together=together)


@queued("pagopa.publish_batch")
def publish_batch(*, publication_ids: list[int]) -> None:
    publication_sending.publish_batch(
        publication_ids=publication_ids, roads=publication_gateway, ente=_ente(), at=now()
    )


@queued("pagopa.move_publications")
def move_publications() -> None:
    publication_roads.move_publications(at=now())


@queued("pagopa.pull_flows")
def pull_flows(*, whole: bool = False) -> None:
    ente = _ente()
    source = flow_source(broker=ente.broker, station=ente.station)
    if source is not None:
        flow_pull.pull_flows(source=source, organization=ente.codice_fiscale, at=now(), whole=whole)


@queued("pagopa.book_receipt")
def book_receipt(*, raw_message_id: int, id_pa: str) -> None:
    book_left(raw_message_id=raw_message_id, id_pa=id_pa)


@queued("pagopa.label_single_credits")
def label_single_credits() -> None:
    label_waiting_credits()


@queued("pagopa.book_without_receipt")
def book_without_receipt() -> None:
    wait = timedelta(hours=settings.ENVIRONMENT.receipt_wait_hours)
    at = now()
    book_waited(before=at - wait, at=at)


@queued("pagopa.recover_receipts")
def recover_receipts() -> None:
    at, wait = now(), timedelta(minutes=settings.ENVIRONMENT.receipt_recovery_minutes)
    receipt_recovery.recover_receipts(archives=_archives(), before=at - wait, at=at)


@queued("pagopa.search_receipt")
def search_receipt(*, iuv: str, actor_id: int, actor_name: str) -> None:
    actor = Actor(actor_id, actor_name)
    receipt_search.search_receipt(iuv=iuv, archives=_archives(), actor=actor, at=now())


@queued("pagopa.recover_cart")
def recover_cart(*, notice_numbers: list[str], tries: int) -> None:
    receipt_search.recover_cart(
        notice_numbers=notice_numbers, archives=_archives(), tries=tries, at=now()
    )


def _archives() -> Archives:
    calls = settings.ENVIRONMENT.biz_events_calls
    budget = CallBudget(cache, current_schema(), calls)
    return Archives(_sources(), _ente().codice_fiscale, budget)


def _sources() -> tuple[ReceiptSource, ...]:
    ente = _ente()
    return receipt_sources(road=ente.gateway, ente_code=ente.ipa_code or ente.codice_fiscale)


@shared_task(name="pagopa.ask_flows")
def ask_flows() -> None:
    """Every hour, for each Ente: ask what pagoPA has published, and book what has waited too long for a receipt."""
    for_each_ente(_ask_flows)


def _ask_flows() -> None:
    if asks_for_flows():
        flow_pull.ask_flow_pull()
    if _sources():
        enqueue("pagopa.recover_receipts", queue="pagopa")
    enqueue("pagopa.book_without_receipt", queue="pagopa")


@shared_task(name="pagopa.sweep_publications")
def sweep_publications() -> None:
    """For each Ente: what waits to be on pagoPA and that nobody remembers."""
    for_each_ente(lambda: publication_sweep.sweep_publications(at=now()))


def _ente() -> Ente:
    ente = ente_of_schema(current_schema())
    if ente is None:
        raise NoEnte(current_schema())
    return ente
