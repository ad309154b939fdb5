"""The roads to pagoPA as this installation's environment describes them; one of each a process."""

from functools import cache

from django.conf import settings
from django.core.cache import caches

from pagopa.gateways.aca import aca_road
from pagopa.gateways.circuit import Circuit
from pagopa.gateways.direct import DirectRoad
from pagopa.gateways.gpd import gpd_road
from pagopa.gateways.http import RestAccess, RestLine
from pagopa.gateways.protocol import GatewayUnavailable, PublicationGateway, Road
from pagopa.gateways.soap_bulk import SoapBulk
from pagopa.gateways.soap_intermediary import SoapIntermediary
from pagopa.gateways.soap_line import IntermediaryAccess, SoapLine
from paybox.settings.environment import Environment

# Positions of one job (a hundred) that are on their way at the same time; the Ente's calls a second bound them anyway.
AT_ONCE = 4


class NoSuchRoad(GatewayUnavailable):
    """The Ente is set to a road that is not configured here: what waits goes on waiting."""


def publication_gateway(name: str) -> PublicationGateway:
    """A road by its name (``Road``). Raises NoSuchRoad."""
    environment: Environment = settings.ENVIRONMENT
    match name:
        case Road.SOAP:
            password = environment.intermediary_password.get_secret_value()
            return _intermediary(
                environment.intermediary_url, password, environment.intermediary_bulk_from
            )
        case Road.ACA if environment.aca_url:
            return _aca(environment.aca_url, environment.aca_key.get_secret_value())
        case Road.GPD if environment.gpd_url:
            return _gpd(environment.gpd_url, environment.gpd_key.get_secret_value())
        case Road.DIRECT:
            return DirectRoad()
    raise NoSuchRoad(f"la via «{name}» verso pagoPA non è configurata in questa installazione")


def configured_roads() -> list[Road]:
    """The roads that may be chosen in this installation."""
    environment: Environment = settings.ENVIRONMENT
    missing = {
        Road.SOAP: not environment.intermediary_url,
        Road.ACA: not environment.aca_url,
        Road.GPD: not environment.gpd_url,
    }
    return [road for road in Road if not missing.get(road)]


@cache
def _intermediary(address: str, password: str, bulk_from: int) -> PublicationGateway:
    line = soap_line(address, password)
    bulk = SoapBulk(line, notes=caches["platform"])
    return SoapIntermediary(line, bulk_from=bulk_from, bulk=bulk)


@cache
def soap_line(address: str, password: str) -> SoapLine:
    """The line to the intermediary, with the circuit of its address."""
    return SoapLine(IntermediaryAccess(address, password), Circuit(address, caches["platform"]))


@cache
def _aca(address: str, key: str) -> PublicationGateway:
    return aca_road(_line(address, key), at_once=AT_ONCE)


@cache
def _gpd(address: str, key: str) -> PublicationGateway:
    return gpd_road(_line(address, key), at_once=AT_ONCE)


def _line(address: str, key: str) -> RestLine:
    """The circuit is of the address: two counterparts never pay for each other."""
    return RestLine(RestAccess(address, key), Circuit(address, caches["platform"]))
