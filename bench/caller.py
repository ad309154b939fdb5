"""``python -m bench.caller PORT SECONDS EXPECTED < REQUESTS``: calls one server as fast as it answers.

One thread over raw sockets, so that the caller is never the slow one. REQUESTS are HTTP messages,
one JSON string a line, sent in turn over ``IN_FLIGHT`` connections at once; a sync worker closes
each after its answer. An answer without EXPECTED in it counts as wrong.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from itertools import cycle

IN_FLIGHT = 50
_READ = 65_536


class _Call:
    """One request under way."""

    __slots__ = ("answer", "socket", "started")

    def __init__(self, port: int, request: bytes) -> None:
        self.started = time.perf_counter()
        self.answer = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(request)

    def is_over(self) -> bool:
        """Read what is there; True when the server has closed."""
        piece = self.socket.recv(_READ)
        self.answer += piece
        return not piece


def call(port: int, requests: list[bytes], seconds: float, expected: bytes) -> dict[str, float]:
    """Calls a second, wrong answers, and the latency in ms that 99 of 100 stay below."""
    waiting = selectors.DefaultSelector()
    turn = cycle(requests)
    latencies: list[float] = []
    wrong = 0
    start = time.perf_counter()
    for _ in range(IN_FLIGHT):
        _begin(waiting, port, turn)
    while (now := time.perf_counter()) - start < seconds:
        for key, _ in waiting.select(timeout=5):
            one: _Call = key.data
            if one.is_over():
                latencies.append(time.perf_counter() - one.started)
                wrong += expected not in one.answer
                waiting.unregister(one.socket)
                one.socket.close()
                _begin(waiting, port, turn)
    return _figures(latencies, wrong, now - start)


def _begin(waiting: selectors.BaseSelector, port: int, turn: Iterator[bytes]) -> None:
    one = _Call(port, next(turn))
    waiting.register(one.socket, selectors.EVENT_READ, one)


def _figures(latencies: list[float], wrong: int, seconds: float) -> dict[str, float]:
    latencies.sort()
    return {
        "rps": len(latencies) / seconds,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
        "answers": len(latencies),
        "wrong": wrong,
    }


if __name__ == "__main__":
    given = [json.loads(line).encode() for line in sys.stdin]
    port, seconds, expected = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3].encode()
    print(json.dumps(call(port, given, seconds, expected)))
