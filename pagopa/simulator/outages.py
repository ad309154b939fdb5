"""Doors that fail for a while on purpose, so that whoever calls them learns to wait and come back."""

from dataclasses import dataclass
from threading import Lock

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.orders import Json, number, text

FLOWS = "/fdrs"
_STATUSES = (429, 500, 503)
_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Outage:
    """What a failing door answers; ``retry_after`` in seconds."""

    status: int
    retry_after: int


class Outages:
    """Kept in memory: a restart ends them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left = 0
        self._path = FLOWS
        self._outage = Outage(429, 1)

    def announce(self, body: Json) -> Json:
        """The next ``times`` calls whose path holds ``path`` will fail. Raises OrderRefused."""
        status, times, wait = (number(body, n) for n in ("status", "times", "retry_after"))
        outage = Outage(status or 429, 1 if wait is None else wait)
        if outage.status not in _STATUSES or not 0 <= (times or 0) <= _MANY:
            raise OrderRefused("status deve essere 429, 500 o 503; times al più 1000")
        with self._lock:
            self._left = 2 if times is None else times
            self._path = text(body, "path") or FLOWS
            self._outage = outage
            return {"path": self._path, "times": self._left, "status": outage.status}

    def of(self, path: str) -> Outage | None:
        """The failure that this call meets, used up by it; None when the door is well."""
        with self._lock:
            if self._left == 0 or self._path not in path:
                return None
            self._left -= 1
            return self._outage
