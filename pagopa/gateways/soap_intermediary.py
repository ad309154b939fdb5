"""The road to pagoPA through an intermediary's SOAP service: one call a notice, or one file for very many.

Before: pagopa/services/publication claims what waits.  After: each is acknowledged or refused.
"""

from pagopa.gateways.protocol import (
    GatewayUnavailable,
    NoticeOutcome,
    NoticeStatus,
    NoticeToPublish,
    PublicationOutcome,
    PublicationRequest,
)
from pagopa.gateways.soap_line import SoapLine
from pagopa.gateways.versamento import Action, build_versamento


class SoapIntermediary:
    """A PublicationGateway over that line."""

    def __init__(self, line: SoapLine) -> None:
        self._line = line

    def publish(self, request: PublicationRequest) -> PublicationOutcome:
        return self._send_all(request, Action.INSERT)

    def replace(self, request: PublicationRequest) -> PublicationOutcome:
        return self._send_all(request, Action.MODIFY)

    def withdraw(self, request: PublicationRequest) -> PublicationOutcome:
        """A refusal with code ``NOT_THERE`` means already gone, or being paid."""
        return self._send_all(request, Action.ANNUL)

    def _send_all(self, request: PublicationRequest, action: Action) -> PublicationOutcome:
        done: list[NoticeOutcome] = []
        for notice in request.notices:
            try:
                done.append(self._send(request.ente_code, notice, action))
            except GatewayUnavailable as trouble:
                raise GatewayUnavailable(str(trouble), done=tuple(done)) from trouble
        return PublicationOutcome(tuple(done))

    def _send(self, ente_code: str, notice: NoticeToPublish, action: Action) -> NoticeOutcome:
        document = build_versamento(notice, action)
        answer = self._line.ask(
            "paaSILImportaDovuto", ente_code, dovuto=document, flagGeneraIuv=False
        )
        if answer.fault is not None:
            fault = answer.fault
            words = fault.description or fault.faultString
            return NoticeOutcome(
                notice.iud, notice.iuv, NoticeStatus.REFUSED, fault.faultCode, words
            )
        if answer.esito != "OK":
            raise GatewayUnavailable(f"l'intermediario ha risposto «{answer.esito}» senza spiegare")
        return NoticeOutcome(notice.iud, notice.iuv, NoticeStatus.ACKNOWLEDGED)
