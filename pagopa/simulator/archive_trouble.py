"""Trouble on demand at the REST stand-ins: what the next calls meet instead of an answer."""

import threading
import time
from dataclasses import dataclass, field

from pagopa.simulator.orders import Json


@dataclass(frozen=True, slots=True)
class Reply:
    """``retry_after`` in seconds, 0 for none."""

    status: int
    content: Json
    retry_after: int = 0


@dataclass(slots=True)
class Trouble:
    """What the next ``times`` calls meet; ``status`` 0: only the wait of ``hang_s`` seconds."""

    times: int = 0
    status: int = 0
    retry_after: int = 0
    hang_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> Reply | None:
        """One call's share of the trouble."""
        with self.lock:
            if self.times <= 0:
                return None
            self.times -= 1
        time.sleep(self.hang_s)
        return problem(self.status, "armed trouble", self.retry_after) if self.status else None


def problem(status: int, words: str, retry_after: int = 0) -> Reply:
    """A ``ProblemJson``."""
    return Reply(status, {"title": "Refused", "status": status, "detail": words}, retry_after)
