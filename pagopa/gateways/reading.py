"""Asking a service of pagoPA for something to read: GET, bytes as they came, patience with 429 and 5xx.

Nothing changes on the other side: every question may be put again. Waits are ``slot × (2^k − 1)``, five times at most.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pagopa.gateways.flow_source import NotThere, SourceRefused, SourceUnavailable

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class ReadingAccess:
    """``address`` is the base of the service, ``key`` the subscription key (empty: none); times in seconds."""

    address: str
    key: str = ""
    timeout_s: float = 30.0
    slot_s: float = 0.5
    attempts: int = 5
    longest_wait_s: float = 15.0


class Reader:
    """Safe in threads. ``pause`` waits for so many seconds."""

    def __init__(self, access: ReadingAccess, pause: Callable[[float], None] = time.sleep) -> None:
        self._access, self._pause = access, pause

    def get(self, path: str, **query: str) -> bytes:
        """The body of a 200. Raises SourceUnavailable after the last attempt, SourceRefused on another 4xx."""
        words = ""
        for attempt in range(self._access.attempts):
            self._pause(self._access.slot_s * (2**attempt - 1))
            answer, words = self._send(path, query)
            if answer is None or answer.status_code >= 500:
                continue
            if answer.status_code == 429:
                self._wait_as_told(answer)
                continue
            return self._body(answer)
        raise SourceUnavailable(f"pagoPA non risponde: {words}")

    def _send(self, path: str, query: dict[str, str]) -> "tuple[httpx.Response | None, str]":
        import httpx

        try:
            answer = self._client.get(path, params=query)
        except httpx.HTTPError as error:
            return None, type(error).__name__
        return answer, f"HTTP {answer.status_code}"

    def _wait_as_told(self, answer: "httpx.Response") -> None:
        """A long Retry-After is left to the outbox. Raises SourceUnavailable."""
        told = answer.headers.get("retry-after", "")
        seconds = float(told) if told.isascii() and told.isdigit() else 0.0
        if seconds > self._access.longest_wait_s:
            raise SourceUnavailable("pagoPA chiede di tornare più tardi")
        self._pause(seconds)

    def _body(self, answer: "httpx.Response") -> bytes:
        if answer.status_code in {401, 403}:
            raise SourceUnavailable("pagoPA non accetta la chiave di questa installazione")
        if answer.status_code == 404:
            raise NotThere("pagoPA ha risposto 404: non c'è")
        if answer.status_code != 200:
            raise SourceRefused(f"pagoPA ha risposto {answer.status_code} alla richiesta")
        if len(answer.content) > MAX_BYTES:
            raise SourceRefused("la risposta di pagoPA è troppo grande")
        return answer.content

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        key = self._access.key
        return httpx.Client(
            base_url=self._access.address,
            headers={"Ocp-Apim-Subscription-Key": key} if key else {},
            timeout=self._access.timeout_s,
            follow_redirects=False,
            trust_env=False,
        )
