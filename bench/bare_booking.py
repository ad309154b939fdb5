"""The floor of ``receipt_storm``: the one statement of a plain receipt alone, as many processes as the web has workers.

One connection each, prepared as in the product, its parameters at hand; every message its own commit, replays too.
The very same rows are written. Each line read is a part of the storm, answered by the seconds it took.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import django

from bench.template import CODICE_FISCALE, ENTE


def book(parts: Iterator[list[str]]) -> Iterator[dict[str, float]]:
    """Seconds for each part; its messages are HTTP requests."""
    from pagopa.services.plain_receipts import TAKE_PLAIN

    for messages in parts:
        given = [_given(message) for message in messages]
        start = time.perf_counter()
        for one in given:
            said = TAKE_PLAIN.fetch(ENTE, one)
            assert said is not None
        yield {"seconds": time.perf_counter() - start, "done": len(messages)}


def _given(message: str) -> Any:
    from pagopa.services.plain_receipts import parameters
    from pagopa.services.receipt_rows import receipt_fields, received_money
    from pagopa.wire.reading import read_request
    from pagopa.wire.requests import SendRtRequest
    from paybox.kernel.clock import now

    raw, at = message.split("\r\n\r\n", 1)[1].encode(), now()
    asked = read_request(raw)
    assert isinstance(asked, SendRtRequest)
    receipt, cents = asked.receipt, asked.receipt.amount_cents
    return parameters(
        fields=receipt_fields(receipt, CODICE_FISCALE, cents, at),
        received=received_money(receipt, CODICE_FISCALE, cents, at),
        raw=raw,
        kind="pagopa.paSendRTV2",
        at=at,
        patience_ms=900,
    )


if __name__ == "__main__":
    django.setup()
    for figures in book(json.loads(line) for line in sys.stdin):
        print(json.dumps(figures), flush=True)
