"""``python -m bench.loading FILE``: load one CSV as the product does; prints seconds and memory.

A process of its own, so that its peak of memory is that of the load and nothing else.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

import django

from bench.memory import peak_mb
from bench.template import ENTE, SEGREGATION

TODAY = date(2026, 3, 2)


def load(path: Path) -> dict[str, float]:
    """Seconds to stage and to confirm, and the peak of memory in MB."""
    from django_tenants.utils import schema_context

    from billing.models import Service
    from billing.services.loads import confirm_load
    from billing.services.staging import stage_load
    from paybox.kernel.actor import SYSTEM
    from paybox.kernel.clock import now

    with schema_context(ENTE):
        service = Service.objects.get(code="TARI")
        start = time.perf_counter()
        staged = stage_load(
            service=service, filename=path.name, raw=path.read_bytes(), actor=SYSTEM, at=now(),
            today=TODAY,
        )  # fmt: skip
        middle = time.perf_counter()
        confirmed = confirm_load(load_id=staged.pk, segregation=SEGREGATION, actor=SYSTEM, at=now())
        end = time.perf_counter()
    return {
        "seconds": end - start,
        "stage_seconds": middle - start,
        "confirm_seconds": end - middle,
        "positions": confirmed.loaded_positions,
        "rss_mb": peak_mb(),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(load(Path(sys.argv[1]))))
