"""``python -m bench.flow_taking XML``: take one flow as the product does; prints seconds and memory.

A process of its own, so that its peak of memory is that of the flow and nothing else.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import django

from bench.memory import peak_mb
from bench.template import ENTE


def take(path: Path) -> dict[str, Any]:
    """Seconds from the bytes to the commit, and the peak of memory in MB before and after."""
    from django_tenants.utils import schema_context

    from pagopa.services.reconciliation import take_flow
    from paybox.kernel.clock import now

    raw = path.read_bytes()
    with schema_context(ENTE):
        before = peak_mb()
        start = time.perf_counter()
        taken = take_flow(raw=raw, at=now())
        seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "rows": taken.rows,
        "labels": taken.labels,
        "rss_before_mb": before,
        "rss_mb": peak_mb(),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(take(Path(sys.argv[1]))))
