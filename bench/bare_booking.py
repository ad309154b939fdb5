"""The floor of ``receipt_storm``: the booking statement alone, over as many connections as the web has workers.

One process a connection, each its part of the very same messages, replays too; every one its own commit.
"""

import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

import django
import psycopg
from psycopg import sql

from bench.template import ENTE


def book(url: str, messages: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds for all; ``messages`` hold reference, notice and cents."""
    from billing.services.collections import _BOOK, Received, _parameters
    from paybox.kernel.actor import PAGOPA

    at = datetime.now(UTC)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(ENTE)))
        start = time.perf_counter()
        for one in messages:
            received = Received("PAGOPA", one["reference"], one["cents"], one["notice"], at)
            connection.execute(_BOOK, _parameters(received, at.date(), at, PAGOPA))
        return {"seconds": time.perf_counter() - start, "done": len(messages)}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(book(sys.argv[1], [json.loads(line) for line in sys.stdin])))
