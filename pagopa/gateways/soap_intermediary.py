"""The road to pagoPA through an intermediary's SOAP service: one call a notice, or one file for very many.

Before: pagopa/services/publication claims what waits.  After: each is acknowledged or refused.
"""

from dataclasses import replace
from typing import Any

from pagopa.gateways.other_bodies import (
    TOO_MANY,
    TooManyBodies,
    build_other_body,
    own_and_other,
)
from pagopa.gateways.protocol import (
    GatewayUnavailable,
    NoticeOutcome,
    NoticeStatus,
    NoticeToPublish,
    PublicationOutcome,
    PublicationRequest,
)
from pagopa.gateways.soap_bulk import SoapBulk
from pagopa.gateways.soap_line import SoapLine
from pagopa.gateways.versamento import Action, build_versamento


class SoapIntermediary:
    """A PublicationGateway over that line; from ``bulk_from`` notices on (0: never) it sends one file."""

    def __init__(self, line: SoapLine, *, bulk_from: int = 0, bulk: SoapBulk | None = None) -> None:
        self._line, self._bulk_from = line, bulk_from
        self._bulk = bulk or SoapBulk(line)

    def takes_whole(self, notices: int) -> bool:
        """Whether so many are better handed over together."""
        return 0 < self._bulk_from <= notices

    def publish(self, request: PublicationRequest) -> PublicationOutcome:
        if not self.takes_whole(len(request.notices)):
            return self._send_all(request, Action.INSERT)
        alone = [notice for notice in request.notices if not notice.transfers]
        divided = tuple(notice for notice in request.notices if notice.transfers)
        done = {one.iud: one for one in self._bulk.load(request.ente_code, alone)}
        try:
            rest = self._send_all(replace(request, notices=divided), Action.INSERT)
        except GatewayUnavailable as trouble:
            raise GatewayUnavailable(
                str(trouble), done=(*done.values(), *trouble.done)
            ) from trouble
        done |= {one.iud: one for one in rest.notices}
        return PublicationOutcome(tuple(done[notice.iud] for notice in request.notices))

    def replace(self, request: PublicationRequest) -> PublicationOutcome:
        return self._send_all(request, Action.MODIFY)

    def withdraw(self, request: PublicationRequest) -> PublicationOutcome:
        """A refusal with code ``NOT_THERE`` means already gone, or being paid."""
        return self._send_all(request, Action.ANNUL)

    def _send_all(self, request: PublicationRequest, action: Action) -> PublicationOutcome:
        done: list[NoticeOutcome] = []
        for notice in request.notices:
            try:
                done.append(self._send(request, notice, action))
            except TooManyBodies as refusal:
                done.append(_refused(notice, TOO_MANY, str(refusal)))
            except GatewayUnavailable as trouble:
                raise GatewayUnavailable(str(trouble), done=tuple(done)) from trouble
        return PublicationOutcome(tuple(done))

    def _send(
        self, request: PublicationRequest, notice: NoticeToPublish, action: Action
    ) -> NoticeOutcome:
        cents, other = own_and_other(notice, request.ente_codice_fiscale)
        arguments: dict[str, Any] = {
            "dovuto": build_versamento(notice, action, own_cents=cents),
            "flagGeneraIuv": False,
        }
        if other is not None:
            document = {"dovutiEntiSecondari": build_other_body(other, notice.causale)}
            arguments["listaDovutiEntiSecondari"] = {"elementoListaDovutiEntiSecondari": [document]}
        answer = self._line.ask("paaSILImportaDovuto", request.ente_code, **arguments)
        if (fault := answer.fault) is not None:
            return _refused(notice, fault.faultCode, fault.description or fault.faultString)
        if answer.esito != "OK":
            raise GatewayUnavailable(f"l'intermediario ha risposto «{answer.esito}» senza spiegare")
        return NoticeOutcome(notice.iud, notice.iuv, NoticeStatus.ACKNOWLEDGED)


def _refused(notice: NoticeToPublish, code: str, words: str) -> NoticeOutcome:
    return NoticeOutcome(notice.iud, notice.iuv, NoticeStatus.REFUSED, code, words)
