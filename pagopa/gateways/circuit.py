"""What every worker knows of a counterpart: is it down, has it asked us to wait, how fast may one Ente call it.

State lives in a cache shared by all processes; whoever loses the cache only starts to count again.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from pagopa.gateways.protocol import GatewayUnavailable


class SharedCache(Protocol):
    """The part of Django's cache that is used here; time-outs in seconds."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def add(self, key: str, value: Any, timeout: float | None = None) -> bool: ...
    def set(self, key: str, value: Any, timeout: float | None = None) -> None: ...
    def incr(self, key: str, delta: int = 1) -> int: ...
    def delete(self, key: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """``failures`` in a row open the circuit for ``rest_s``; ``calls_per_second`` is of each Ente (0: no limit)."""

    failures: int = 10
    rest_s: float = 60.0
    calls_per_second: int = 20


class CircuitOpen(GatewayUnavailable):
    """Nobody was called: the counterpart has been down, or has asked to be left alone."""


class Circuit:
    """The guard of one counterpart, shared by all processes through the cache."""

    def __init__(self, name: str, cache: SharedCache, patience: Patience | None = None) -> None:
        self._key = f"circuit:{name}"
        self._cache = cache
        self.patience = patience or Patience()

    def check(self, ente: str) -> None:
        """Raises CircuitOpen. After the rest one caller alone may try."""
        if self._cache.get(f"{self._key}:open") or self._cache.get(f"{self._key}:wait:{ente}"):
            raise CircuitOpen("il servizio di pagoPA è sospeso: si riprova da soli più tardi")
        tried = int(self._cache.get(f"{self._key}:failures", 0))
        if tried >= self.patience.failures and not self._cache.add(
            f"{self._key}:probe", 1, timeout=self.patience.rest_s
        ):
            raise CircuitOpen(
                "il servizio di pagoPA è in prova dopo un guasto: si riprova più tardi"
            )

    def succeeded(self) -> None:
        for part in ("failures", "probe", "open"):
            self._cache.delete(f"{self._key}:{part}")

    def failed(self) -> None:
        """One more failure in a row; the last that is borne opens the circuit."""
        failures = f"{self._key}:failures"
        self._cache.add(failures, 0, timeout=None)
        if _one_more(self._cache, failures) >= self.patience.failures:
            self._cache.set(f"{self._key}:open", 1, timeout=self.patience.rest_s)
            self._cache.delete(f"{self._key}:probe")

    def leave_alone(self, ente: str, seconds: float) -> None:
        """The counterpart has named a wait too long to sleep through."""
        self._cache.set(f"{self._key}:wait:{ente}", 1, timeout=max(1, int(seconds)))

    def may_call(self, ente: str, second: int) -> bool:
        """One call of this Ente in this second is spent; False when there are no more."""
        if not self.patience.calls_per_second:
            return True
        key = f"{self._key}:rate:{ente}:{second}"
        self._cache.add(key, 0, timeout=5)
        return _one_more(self._cache, key) <= self.patience.calls_per_second


def _one_more(cache: SharedCache, key: str) -> int:
    try:
        return cache.incr(key)
    except ValueError:  # expired between the two
        cache.set(key, 1, timeout=60)
        return 1
