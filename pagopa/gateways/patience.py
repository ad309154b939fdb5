"""How any counterpart is called: a rate for each Ente, a circuit, growing waits, and the wait that it asks for.

Before: a line (REST or SOAP) knows how to say one message.  After: its answer, or GatewayUnavailable.
Only messages that may be repeated pass here: every call of ours says how a position must stand.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from pagopa.gateways.circuit import Circuit
from pagopa.gateways.protocol import GatewayUnavailable

Answer = TypeVar("Answer")


class Faltered(Exception):
    """This attempt came to nothing; the next may not. Its words are for an official."""


class SlowDown(Exception):
    """The counterpart asks to be left alone for so many ``seconds``."""

    def __init__(self, retry_after: str) -> None:
        super().__init__(retry_after)
        self.seconds = _seconds(retry_after)


@dataclass(frozen=True, slots=True)
class Pacing:
    """Between two attempts ``slot_s × (2^k − 1)`` seconds; a wait over ``longest_wait_s`` is left to the outbox."""

    slot_s: float = 0.5
    attempts: int = 5
    longest_wait_s: float = 10.0


class PatientCaller:
    """Safe in threads. ``counterpart`` names it to an official; ``pause`` waits for so many seconds."""

    def __init__(
        self,
        counterpart: str,
        circuit: Circuit,
        pacing: Pacing,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name, self._circuit, self._pacing, self._pause = counterpart, circuit, pacing, pause

    def call(self, ente: str, once: Callable[[], Answer]) -> Answer:
        """What ``once`` answers, tried as often as is decent. Raises GatewayUnavailable."""
        trouble = ""
        for attempt in range(self._pacing.attempts):
            self._pause(self._pacing.slot_s * (2**attempt - 1))
            self._circuit.check(ente)
            self._take_turn(ente)
            try:
                answer = once()
            except SlowDown as told:
                trouble = f"{self._name} chiede di rallentare"
                self._wait_as_told(ente, told.seconds)
            except Faltered as fault:
                trouble = str(fault)
                self._circuit.failed()
            else:
                self._circuit.succeeded()
                return answer
        raise GatewayUnavailable(trouble)

    def _wait_as_told(self, ente: str, seconds: float) -> None:
        """Sleep through a short wait; raises GatewayUnavailable after noting a long one."""
        if seconds > self._pacing.longest_wait_s:
            self._circuit.leave_alone(ente, seconds)
            raise GatewayUnavailable(f"{self._name} chiede di tornare più tardi")
        self._pause(seconds)

    def _take_turn(self, ente: str) -> None:
        """Wait for the next second while this one is full."""
        for _ in range(10):
            now = time.time()
            if self._circuit.may_call(ente, int(now)):
                return
            self._pause(1 - now % 1)
        raise GatewayUnavailable("troppe richieste in corso per questo Ente")


def _seconds(header: str) -> float:
    """From a number or from a date; 0 when it says nothing we understand."""
    if header.isascii() and header.isdigit():
        return float(header)
    with suppress(ValueError):
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    return 0.0
