"""The one SOAP client towards an intermediary's service for its Enti, with the patience of ``patience``.

The service is described by our own WSDL beside this file; nothing is ever fetched to learn it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pagopa.gateways.circuit import Circuit
from pagopa.gateways.patience import Faltered, Pacing, PatientCaller, SlowDown

_WSDL = Path(__file__).with_name("intermediary.wsdl")
_BINDING = "{urn:paybox:intermediary}Binding"


@dataclass(frozen=True, slots=True)
class IntermediaryAccess:
    """Where the intermediary answers and what it asks of us; all times in seconds.

    ``password`` 8–15 characters, empty when it asks for none. Certificates and key are paths.
    """

    address: str
    password: str = ""
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 30.0
    slot_s: float = 0.5
    attempts: int = 5
    longest_wait_s: float = 10.0
    client_certificate: str = ""
    client_key: str = ""
    ca_bundle: str = ""


class SoapLine:
    """Keep one per process: learning the service costs 50 ms. ``pause`` waits for so many seconds."""

    def __init__(
        self,
        access: IntermediaryAccess,
        circuit: Circuit,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.access = access
        pacing = Pacing(access.slot_s, access.attempts, access.longest_wait_s)
        self._caller = PatientCaller("l'intermediario", circuit, pacing, pause)

    def ask(self, operation: str, ente_code: str, **arguments: Any) -> Any:
        """The typed answer, faults of the service included; who asks is named in the header.

        Raises GatewayUnavailable after the last attempt.
        """
        head = {"head": {"codIpaEnte": ente_code}}
        return self._patiently(operation, ente_code, arguments | {"_soapheaders": head})

    def ask_naming(self, operation: str, ente_code: str, **arguments: Any) -> Any:
        """The same for an operation that names who asks in its body."""
        return self._patiently(operation, ente_code, arguments | {"codIpaEnte": ente_code})

    def put(self, address: str, ente_code: str, *, name: str, content: bytes, token: str) -> None:
        """Hand a file over at the address that the service gave. Raises GatewayUnavailable."""
        given = {
            "files": {"file": (name, content, "application/zip")},
            "data": {"authorizationToken": token},
        }
        self._caller.call(ente_code, lambda: self._file("POST", address, **given))

    def fetch(self, address: str, ente_code: str) -> bytes:
        """A file that the service offers. Raises GatewayUnavailable."""
        content: bytes = self._caller.call(ente_code, lambda: self._file("GET", address).content)
        return content

    def _patiently(self, operation: str, ente_code: str, arguments: dict[str, Any]) -> Any:
        if self.access.password:
            arguments["password"] = self.access.password
        return self._caller.call(ente_code, lambda: self._once(operation, arguments))

    def _once(self, operation: str, arguments: dict[str, Any]) -> Any:
        from requests import RequestException
        from zeep.exceptions import Error

        service = self._client.create_service(_BINDING, self.access.address)
        try:
            return service[operation](**arguments)
        except RequestException as error:
            raise Faltered("l'intermediario non è raggiungibile") from error
        except Error as error:
            raise Faltered("l'intermediario ha risposto in modo illeggibile") from error

    def _file(self, method: str, address: str, **given: Any) -> Any:
        from requests import RequestException

        timeout = (self.access.connect_timeout_s, self.access.read_timeout_s)
        session = self._client.transport.session
        try:
            answer = session.request(
                method, address, timeout=timeout, allow_redirects=False, **given
            )
        except RequestException as error:
            raise Faltered("l'intermediario non è raggiungibile") from error
        if answer.status_code == 429:
            raise SlowDown(answer.headers.get("retry-after", ""))
        if answer.status_code != 200:
            raise Faltered(f"l'intermediario non scambia il file: HTTP {answer.status_code}")
        return answer

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
        session.verify = self.access.ca_bundle or True
        if self.access.client_certificate:
            session.cert = (self.access.client_certificate, self.access.client_key)
        timeout = (self.access.connect_timeout_s, self.access.read_timeout_s)
        build: Any = LocalTransport
        return build(session=session, operation_timeout=timeout)
