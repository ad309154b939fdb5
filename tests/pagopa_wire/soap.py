"""A SOAP line to a stand-in, with a circuit of its own and waits that are only written down."""

import uuid

from django.core.cache import caches

from pagopa.gateways.circuit import Circuit, Patience
from pagopa.gateways.soap_intermediary import SoapIntermediary
from pagopa.gateways.soap_line import IntermediaryAccess, SoapLine

QUIET = Patience(failures=100, calls_per_second=0)


class Waits(list[float]):
    """A pause that is written down instead of waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def line(
    access: IntermediaryAccess, *, waits: Waits | None = None, patience: Patience = QUIET
) -> SoapLine:
    circuit = Circuit(uuid.uuid4().hex, caches["platform"], patience)
    return SoapLine(access, circuit, Waits() if waits is None else waits)


def road(
    access: IntermediaryAccess, *, waits: Waits | None = None, patience: Patience = QUIET
) -> SoapIntermediary:
    return SoapIntermediary(line(access, waits=waits, patience=patience))
