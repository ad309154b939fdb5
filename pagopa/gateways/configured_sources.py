"""Where this installation asks for flows and for receipts that never came, as its environment says; one a process."""

from functools import cache

from django.conf import settings

from pagopa.gateways.fdr_rest import FdrRest
from pagopa.gateways.flow_source import FlowSource
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.gateways.receipt_sources import BizEvents, GpdPayments, ReceiptSource
from paybox.settings.environment import Environment


def flow_source() -> FlowSource | None:
    """None: this installation does not ask for flows; they are handed over as files."""
    environment: Environment = settings.ENVIRONMENT
    if not environment.fdr_url:
        return None
    return _rest(environment.fdr_url, environment.fdr_key.get_secret_value())


def receipt_sources() -> tuple[ReceiptSource, ...]:
    """The archives of receipts that this installation may ask, the quickest first; none: it waits for the flows."""
    environment: Environment = settings.ENVIRONMENT
    found: list[ReceiptSource] = []
    if environment.gpd_payments_url:
        key = environment.gpd_payments_key.get_secret_value()
        found.append(_gpd_payments(environment.gpd_payments_url, key))
    if environment.biz_events_url:
        key = environment.biz_events_key.get_secret_value()
        found.append(_biz_events(environment.biz_events_url, key))
    return tuple(found)


@cache
def _gpd_payments(address: str, key: str) -> ReceiptSource:
    return GpdPayments(Reader(ReadingAccess(address, key)))


@cache
def _biz_events(address: str, key: str) -> ReceiptSource:
    return BizEvents(Reader(ReadingAccess(address, key)))


@cache
def _rest(address: str, key: str) -> FlowSource:
    return FdrRest(Reader(ReadingAccess(address, key)))
