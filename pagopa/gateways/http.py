"""The one HTTP client of the REST roads, with the patience of ``patience``.

Before: an adapter has a message.  After: the counterpart's answer, whatever it says, or GatewayUnavailable.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pagopa.gateways.circuit import Circuit
from pagopa.gateways.patience import Faltered, Pacing, PatientCaller, SlowDown
from pagopa.gateways.protocol import GatewayUnavailable

if TYPE_CHECKING:
    import httpx

_KEY = "Ocp-Apim-Subscription-Key"
_NOT_LET_IN = {401, 403}
_COUNTERPART = "il servizio di pagoPA"


@dataclass(frozen=True, slots=True)
class RestAccess:
    """``address`` is the base of the service, ``key`` the subscription key; all times in seconds.

    Between two attempts we wait ``slot_s × (2^k − 1)``; a longer wait than ``longest_wait_s`` is left to the outbox.
    Certificates are paths.
    """

    address: str
    key: str = ""
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 20.0
    slot_s: float = 0.5
    attempts: int = 5
    longest_wait_s: float = 10.0
    client_certificate: str = ""
    client_key: str = ""


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """``content`` is the JSON of the body, or an empty object when there is none."""

    status: int
    content: dict[str, Any]

    @property
    def words(self) -> str:
        """What the counterpart says of a refusal (ProblemJson)."""
        said = [str(self.content.get(name) or "") for name in ("title", "detail")]
        return ": ".join(part for part in said if part) or f"risposta HTTP {self.status}"


class RestLine:
    """A line to one counterpart; safe in threads, one a process. ``pause`` waits for so many seconds."""

    def __init__(
        self, access: RestAccess, circuit: Circuit, pause: Callable[[float], None] = time.sleep
    ) -> None:
        pacing = Pacing(access.slot_s, access.attempts, access.longest_wait_s)
        self._access = access
        self._caller = PatientCaller(_COUNTERPART, circuit, pacing, pause)

    def ask(
        self, method: str, path: str, *, ente: str, body: Any = None, **query: str
    ) -> RestAnswer:
        """The answer to one message of this Ente (2xx, or 4xx about the message). Raises GatewayUnavailable."""
        return _read(self._caller.call(ente, lambda: self._send(method, path, body, query)))

    def _send(self, method: str, path: str, body: Any, query: dict[str, str]) -> "httpx.Response":
        import httpx

        try:
            response = self._client.request(method, path, json=body, params=query)
        except httpx.TransportError as error:
            raise Faltered(f"{_COUNTERPART} non risponde") from error
        if response.status_code == 429:
            raise SlowDown(response.headers.get("retry-after", ""))
        if response.status_code >= 500:
            raise Faltered(f"{_COUNTERPART} non risponde")
        return response

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        access = self._access
        certificate = (access.client_certificate, access.client_key)
        return httpx.Client(
            base_url=access.address,
            headers={_KEY: access.key} if access.key else {},
            timeout=httpx.Timeout(access.read_timeout_s, connect=access.connect_timeout_s),
            cert=certificate if access.client_certificate else None,
            follow_redirects=False,
            trust_env=False,
        )


def _read(response: "httpx.Response") -> RestAnswer:
    """Raises GatewayUnavailable for a door that is closed to us or an answer that is not the service's."""
    if response.status_code in _NOT_LET_IN:
        raise GatewayUnavailable(
            "il servizio di pagoPA non accetta la chiave di questa installazione"
        )
    if 300 <= response.status_code < 400:
        raise GatewayUnavailable("il servizio di pagoPA ha risposto da un altro indirizzo")
    content: Any = {}
    with suppress(ValueError):
        content = response.json()
    return RestAnswer(response.status_code, content if isinstance(content, dict) else {})
