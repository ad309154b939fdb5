"""Where this installation asks for flows and for receipts that never came, as its environment says; one a process."""

from functools import cache

from django.conf import settings

from pagopa.gateways.fdr_rest import FdrRest
from pagopa.gateways.flow_source import FlowSource
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.gateways.receipt_sources import BizEvents, ReceiptSource
from paybox.settings.environment import Environment


def flow_source() -> FlowSource | None:
    """None: this installation does not ask for flows; they are handed over as files."""
    environment: Environment = settings.ENVIRONMENT
    if not environment.fdr_url:
        return None
    return _rest(environment.fdr_url, environment.fdr_key.get_secret_value())


def receipt_source() -> ReceiptSource | None:
    """None: this installation waits for receipts and does not ask for them."""
    environment: Environment = settings.ENVIRONMENT
    if not environment.biz_events_url:
        return None
    return _biz_events(environment.biz_events_url, environment.biz_events_key.get_secret_value())


@cache
def _biz_events(address: str, key: str) -> ReceiptSource:
    return BizEvents(Reader(ReadingAccess(address, key)))


@cache
def _rest(address: str, key: str) -> FlowSource:
    return FdrRest(Reader(ReadingAccess(address, key)))
