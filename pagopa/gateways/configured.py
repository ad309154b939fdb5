"""The road to pagoPA as this installation's environment describes it; one a process."""

from functools import cache

from django.conf import settings

from pagopa.gateways.protocol import PublicationGateway
from pagopa.gateways.soap_intermediary import IntermediaryAccess, SoapIntermediary
from paybox.settings.environment import Environment


class NoSuchRoad(RuntimeError):
    """The Ente is set to a gateway that does not exist here."""


def publication_gateway(name: str) -> PublicationGateway:
    """The road an Ente has chosen (``Ente.gateway``). Raises NoSuchRoad."""
    environment: Environment = settings.ENVIRONMENT
    if name != "SOAP":
        raise NoSuchRoad(name)
    return _intermediary(
        environment.intermediary_url, environment.intermediary_password.get_secret_value()
    )


@cache
def _intermediary(address: str, password: str) -> PublicationGateway:
    return SoapIntermediary(IntermediaryAccess(address, password))
