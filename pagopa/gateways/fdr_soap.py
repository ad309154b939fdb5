"""Flows by the Node's older service: one list of the last thirty days, each flow whole in one answer.

It says neither what has been read nor which revision a flow is: the instant written in it tells them apart.
Source: nodeForPa (nodoChiediElencoFlussiRendicontazione, nodoChiediFlussoRendicontazione).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pagopa.gateways.flow_source import (
    FlowPart,
    ListedFlow,
    ListedPage,
    NotThere,
    SourceRefused,
    SourceUnavailable,
)
from pagopa.gateways.node_for_pa import NodeForPa
from pagopa.gateways.protocol import GatewayUnavailable
from pagopa.wire.flow_file import FlowFile, FlowFileRefused, psp_of
from pagopa.wire.flow_xml import open_flow
from pagopa.wire.values import instant_of

# Asking the same once more would get the same answer; any other fault may be over tomorrow.
_OF_THE_QUESTION = ("PPT_SEMANTICA", "PPT_SINTASSI_EXTRAXSD", "PPT_SINTASSI_XSD")


class FdrSoap:
    """A FlowSource: part 0 is the whole flow. Who asks is an Ente's broker through one of its stations."""

    name = "SOAP"

    def __init__(self, node: NodeForPa, broker: str, station: str) -> None:
        self._node, self._broker, self._station = node, broker, station

    def listed(self, *, organization: str, since: datetime, page: int) -> ListedPage:
        """All of the last thirty days, whatever ``since``: flows are not listed by when they were published."""
        said = self._ask("nodoChiediElencoFlussiRendicontazione", organization)
        listed = said.elencoFlussiRendicontazione
        rows = listed.idRendicontazione if listed is not None else []
        try:
            return ListedPage(tuple(_listed(row) for row in rows if row is not None), last=True)
        except ValueError as error:
            raise SourceUnavailable(f"pagoPA ha dato un elenco non leggibile: {error}") from error

    def part(self, *, organization: str, flow: ListedFlow, number: int) -> FlowPart:
        more = {"identificativoPSP": flow.psp_id} if flow.psp_id else {}
        said = self._ask(
            "nodoChiediFlussoRendicontazione",
            organization,
            identificativoFlusso=flow.identifier,
            **more,
        )
        if not said.xmlRendicontazione:
            raise SourceRefused("pagoPA ha risposto senza il flusso")
        return FlowPart(bytes(said.xmlRendicontazione), last=True)

    def read(self, parts: Iterable[bytes]) -> FlowFile:
        for raw in parts:
            return open_flow(raw)
        raise FlowFileRefused("Il flusso è vuoto")

    def _ask(self, operation: str, organization: str, **more: str) -> Any:
        """The answer without a fault. Raises SourceUnavailable, SourceRefused."""
        asked = {
            "identificativoIntermediarioPA": self._broker,
            "identificativoStazioneIntermediarioPA": self._station,
            "identificativoDominio": organization,
            **more,
        }
        try:
            said = self._node.ask(operation, organization, asked)
        except GatewayUnavailable as trouble:
            raise SourceUnavailable(f"pagoPA non dà i flussi: {trouble}") from trouble
        if said.fault is not None:
            raise _refusal(said.fault)
        return said


def _refusal(fault: Any) -> SourceRefused | SourceUnavailable:
    words = f"{fault.faultCode}: {fault.description or fault.faultString}"
    if fault.faultCode == "PPT_ID_FLUSSO_SCONOSCIUTO":
        return NotThere(words)
    if fault.faultCode in _OF_THE_QUESTION:
        return SourceRefused(words)
    return SourceUnavailable(f"pagoPA non dà i flussi: {words}")


def _listed(row: Any) -> ListedFlow:
    identifier = str(row.identificativoFlusso)[:35]
    return ListedFlow(identifier, psp_of(identifier), 1, instant_of(row.dataOraFlusso))
