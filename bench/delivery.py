"""``python -m bench.delivery PORT EXPECTED [AT_ONCE] < REQUESTS``: sends each message once, over two connections at a time unless told.

As ``bench.caller``, but it ends when all are answered; prints answers a second and latencies.
"""

import json
import selectors
import sys
import time

from bench.caller import _begin, _Call, _figures

CLIENTS = 2


def deliver(
    port: int, requests: list[bytes], expected: bytes, at_once: int = CLIENTS
) -> dict[str, float]:
    """Messages a second, wrong answers, and the latency in ms that 99 of 100 stay below."""
    waiting = selectors.DefaultSelector()
    turn = iter(requests)
    latencies: list[float] = []
    wrong = 0
    start = time.perf_counter()
    for _ in range(min(at_once, len(requests))):
        _begin(waiting, port, turn)
    while len(latencies) < len(requests):
        for key, _ in waiting.select(timeout=30):
            one: _Call = key.data
            if not one.is_over():
                continue
            latencies.append(time.perf_counter() - one.started)
            wrong += expected not in one.answer
            waiting.unregister(one.socket)
            one.socket.close()
            if len(latencies) + len(waiting.get_map()) < len(requests):
                _begin(waiting, port, turn)
    return _figures(latencies, wrong, time.perf_counter() - start)


if __name__ == "__main__":
    given = [json.loads(line).encode() for line in sys.stdin]
    at_once = int(sys.argv[3]) if len(sys.argv) > 3 else CLIENTS
    print(json.dumps(deliver(int(sys.argv[1]), given, sys.argv[2].encode(), at_once)))
