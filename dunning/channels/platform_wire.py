"""HTTP towards the State's platforms: a key in a header, a time limit, and what a silence proves.

Before: ``app_io`` and ``send``.  After: their answers. A connection that was never made proves that nothing left; a
request that went out and was not answered proves nothing.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dunning.channels.protocol import Rejected, Uncertain

if TYPE_CHECKING:
    import httpx

AWAY = "COLLEGAMENTO"
AS_JSON = {"content-type": "application/json"}
LONGEST_WAIT = 3_600


class PlatformAway(Exception):
    """The platform cannot be asked now; nothing is known more than before."""


class PlatformWire:
    """One platform as one Ente (and service) sees it. ``name`` is how an official calls it."""

    def __init__(
        self, *, name: str, base: str, header: str, key: str, timeout_seconds: float
    ) -> None:
        self.name = name
        self._base = base.rstrip("/")
        self._headers = {header: key}
        self._timeout = timeout_seconds

    def ask(self, method: str, path: str, **given: Any) -> "httpx.Response":
        """One request, never repeated. Raises what httpx raises."""
        return self._client.request(method, self._base + path, **given)

    def look(self, path: str, *, params: Mapping[str, str] | None = None) -> "httpx.Response":
        """A question without effects. Raises PlatformAway for silence, refusal of the key, haste and breakdowns."""
        import httpx

        try:
            answer = self.ask("GET", path, params=params)
        except httpx.HTTPError as error:
            raise PlatformAway(f"{self.name} non risponde") from error
        if answer.status_code in (401, 403, 429) or answer.status_code >= 500:
            raise PlatformAway(f"{self.name} risponde {answer.status_code}")
        return answer

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        return httpx.Client(headers=self._headers, timeout=self._timeout, trust_env=False)

    def nothing_left(self, words: str = "") -> Rejected:
        """The message stayed here, and it is nobody's fault."""
        return Rejected(AWAY, words or f"{self.name} non è raggiungibile.", permanent=False)

    def unanswered(self, error: Exception) -> Rejected | Uncertain:
        """After a request that has effects."""
        import httpx

        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            return self.nothing_left()
        return Uncertain(f"{self.name} non ha risposto: il messaggio potrebbe essere partito.")

    def refused(self, answer: "httpx.Response") -> Rejected | None:
        """What is said to everybody: a wrong key, too much haste. None for any other answer."""
        if answer.status_code in (401, 403):
            words = f"{self.name} non accetta la chiave dell'Ente: va controllata."
            return Rejected(str(answer.status_code), words, permanent=False)
        if answer.status_code == 429:
            words = f"{self.name} chiede di rallentare."
            return Rejected("429", words, permanent=False, wait_seconds=retry_after(answer))
        return None


def json_bytes(said: Mapping[str, Any]) -> bytes:
    """A request's body as it travels, so that the very bytes can be kept."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def retry_after(answer: "httpx.Response") -> int:
    """Seconds, as the far end asks; 0 when it does not say, or not in seconds."""
    said = answer.headers.get("Retry-After", "")
    return min(int(said), LONGEST_WAIT) if said.isdecimal() else 0


def detail_of(answer: "httpx.Response") -> str:
    """What a problem+json says, short enough for a line."""
    said = body_of(answer)
    errors = said.get("errors") or [{}]
    words = said.get("detail") or errors[0].get("detail") or said.get("title") or ""
    return str(words).strip()[:300]


def body_of(answer: "httpx.Response") -> dict[str, Any]:
    """The JSON object of an answer; empty when it is none."""
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
