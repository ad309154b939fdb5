"""Where this installation asks for flows and for receipts that never came, as its environment says; one a process."""

from functools import cache

from django.conf import settings
from django.core.cache import caches

from pagopa.gateways.circuit import Circuit
from pagopa.gateways.configured import soap_line
from pagopa.gateways.fdr_rest import FdrRest
from pagopa.gateways.fdr_soap import FdrSoap
from pagopa.gateways.flow_source import FlowSource
from pagopa.gateways.node_for_pa import NodeAccess, NodeForPa
from pagopa.gateways.protocol import Road
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.gateways.receipt_sources import BizEvents, GpdPayments, ReceiptSource
from pagopa.gateways.soap_paid import SoapReceipts
from paybox.settings.environment import Environment


def asks_for_flows() -> bool:
    """False: in this installation flows are handed over as files."""
    environment: Environment = settings.ENVIRONMENT
    return bool(environment.fdr_url)


def flow_source(*, broker: str, station: str) -> FlowSource | None:
    """Who asks is an Ente's ``broker`` through its ``station``. None when this installation does not ask."""
    environment: Environment = settings.ENVIRONMENT
    if not environment.fdr_url:
        return None
    key = environment.fdr_key.get_secret_value()
    if environment.fdr_protocol == "soap":
        password = environment.fdr_password.get_secret_value()
        return FdrSoap(_node(environment.fdr_url, password, key), broker, station)
    return _rest(environment.fdr_url, key)


def receipt_sources(*, road: str, ente_code: str) -> tuple[ReceiptSource, ...]:
    """The archives that may have the receipts of an Ente on that road; none: they are waited for.

    Those that know the IUV come first. ``ente_code`` is how the intermediary knows it.
    """
    environment: Environment = settings.ENVIRONMENT
    found: list[ReceiptSource] = []
    if environment.gpd_payments_url:
        key = environment.gpd_payments_key.get_secret_value()
        found.append(_gpd_payments(environment.gpd_payments_url, key))
    if environment.biz_events_url:
        key = environment.biz_events_key.get_secret_value()
        found.append(_biz_events(environment.biz_events_url, key))
    if road == Road.SOAP:
        password = environment.intermediary_password.get_secret_value()
        found.insert(0, SoapReceipts(soap_line(environment.intermediary_url, password), ente_code))
    return tuple(found)


@cache
def _gpd_payments(address: str, key: str) -> ReceiptSource:
    return GpdPayments(Reader(ReadingAccess(address, key)))


@cache
def _biz_events(address: str, key: str) -> ReceiptSource:
    return BizEvents(Reader(ReadingAccess(address, key)))


@cache
def _node(address: str, password: str, key: str) -> NodeForPa:
    return NodeForPa(NodeAccess(address, password, key), Circuit(address, caches["platform"]))


@cache
def _rest(address: str, key: str) -> FlowSource:
    return FdrRest(Reader(ReadingAccess(address, key)))
