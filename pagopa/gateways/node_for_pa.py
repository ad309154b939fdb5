"""The Node's service for Enti, asked through zeep: our own description of it, beside this file, and nothing fetched.

Before: an adapter has a question.  After: the typed answer, with its fault if it has one, or GatewayUnavailable.
Answers come with the flow in base64 or as an MTOM attachment: to the caller it is the same.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pagopa.gateways.circuit import Circuit
from pagopa.gateways.patience import Faltered, Pacing, PatientCaller

_WSDL = Path(__file__).with_name("node_for_pa.wsdl")
_BINDING = "{urn:paybox:node-for-pa}Binding"


@dataclass(frozen=True, slots=True)
class NodeAccess:
    """``password`` has 8–15 characters; ``key`` is the subscription key of the API (empty: none). Times in seconds."""

    address: str
    password: str
    key: str = ""
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 60.0
    pacing: Pacing = field(default_factory=Pacing)


class NodeForPa:
    """Keep one a process: learning the service costs 50 ms."""

    def __init__(
        self, access: NodeAccess, circuit: Circuit, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._access = access
        self._caller = PatientCaller("il Nodo", circuit, access.pacing, pause)

    def ask(self, operation: str, ente: str, asked: dict[str, str]) -> Any:
        """The answer to one question of this Ente. Raises GatewayUnavailable after the last attempt."""
        return self._caller.call(ente, lambda: self._once(operation, asked))

    def _once(self, operation: str, asked: dict[str, str]) -> Any:
        from requests import RequestException
        from zeep.exceptions import Error

        service = self._client.create_service(_BINDING, self._access.address)
        try:
            said = service[operation](password=self._access.password, **asked)
        except RequestException as error:
            raise Faltered("il Nodo non è raggiungibile") from error
        except (Error, ValueError) as error:
            raise Faltered("il Nodo ha risposto in modo illeggibile") from error
        if said.fault is not None and said.fault.faultCode == "PPT_SYSTEM_ERROR":
            raise Faltered(f"PPT_SYSTEM_ERROR: {said.fault.description or said.fault.faultString}")
        return said

    @cached_property
    def _client(self) -> Any:
        import zeep

        settings = zeep.Settings(
            strict=True,
            forbid_external=True,
            forbid_dtd=True,
            forbid_entities=True,
            xml_huge_tree=True,  # a flow in base64 is one text, longer than the parser allows by itself
        )
        build: Any = zeep.Client  # ships no types
        return build(str(_WSDL), settings=settings, transport=self._transport())

    def _transport(self) -> Any:
        from requests import Session

        from pagopa.gateways.local_transport import LocalTransport

        session = Session()
        session.trust_env = False
        session.max_redirects = 0
        if self._access.key:
            session.headers["Ocp-Apim-Subscription-Key"] = self._access.key
        timeout = (self._access.connect_timeout_s, self._access.read_timeout_s)
        build: Any = LocalTransport
        return build(session=session, operation_timeout=timeout)
