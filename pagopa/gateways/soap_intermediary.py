"""The road to pagoPA through an intermediary's SOAP service, one call per notice.

Before: pagopa/services/publication claims what waits.  After: each is acknowledged or refused.
The service is described by our own WSDL beside this file; nothing is ever fetched to learn it.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pagopa.gateways.protocol import (
    GatewayUnavailable,
    NoticeOutcome,
    NoticeStatus,
    NoticeToPublish,
    PublicationOutcome,
    PublicationRequest,
)
from pagopa.gateways.versamento import Action, build_versamento

_WSDL = Path(__file__).with_name("intermediary.wsdl")
_BINDING = "{urn:paybox:intermediary}Binding"


@dataclass(frozen=True, slots=True)
class IntermediaryAccess:
    """Where the intermediary answers and what it asks of us; time-outs in seconds.

    ``password`` 8–15 characters, empty when it asks for none. Certificates and key are paths.
    """

    address: str
    password: str = ""
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 30.0
    client_certificate: str = ""
    client_key: str = ""
    ca_bundle: str = ""


class SoapIntermediary:
    """A PublicationGateway. Keep one per process: learning the service costs 50 ms."""

    def __init__(self, access: IntermediaryAccess) -> None:
        self._access = access

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
        answer = self._call(ente_code, build_versamento(notice, action))
        if answer.fault is not None:
            fault = answer.fault
            words = fault.description or fault.faultString
            return NoticeOutcome(
                notice.iud, notice.iuv, NoticeStatus.REFUSED, fault.faultCode, words
            )
        if answer.esito != "OK":
            raise GatewayUnavailable(f"l'intermediario ha risposto «{answer.esito}» senza spiegare")
        return NoticeOutcome(notice.iud, notice.iuv, NoticeStatus.ACKNOWLEDGED)

    def _call(self, ente_code: str, document: bytes) -> Any:
        """The typed answer. Trouble of transport or of the answer's shape: GatewayUnavailable."""
        from requests import RequestException
        from zeep.exceptions import Error

        service = self._client.create_service(_BINDING, self._access.address)
        arguments: dict[str, Any] = {"dovuto": document, "flagGeneraIuv": False}
        if self._access.password:
            arguments["password"] = self._access.password
        try:
            return service.paaSILImportaDovuto(
                **arguments, _soapheaders={"head": {"codIpaEnte": ente_code}}
            )
        except RequestException as error:
            raise GatewayUnavailable("l'intermediario non è raggiungibile") from error
        except Error as error:
            raise GatewayUnavailable("l'intermediario ha risposto in modo illeggibile") from error

    @cached_property
    def _client(self) -> Any:
        import zeep

        settings = zeep.Settings(
            strict=True, forbid_external=True, forbid_dtd=True, forbid_entities=True
        )
        build: Any = zeep.Client  # ships no types
        return build(str(_WSDL), settings=settings, transport=self._transport())

    def _transport(self) -> Any:
        from requests import Session

        from pagopa.gateways.local_transport import LocalTransport

        session = Session()
        session.trust_env = False
        session.max_redirects = 0
        session.verify = self._access.ca_bundle or True
        if self._access.client_certificate:
            session.cert = (self._access.client_certificate, self._access.client_key)
        timeout = (self._access.connect_timeout_s, self._access.read_timeout_s)
        build: Any = LocalTransport
        return build(session=session, operation_timeout=timeout)
