"""``python -m bench.letter_batch SIZE``: a wave by post, its print batch made part by part; prints CPU seconds and memory.

After each part the same number of pages is printed by the notice path, so that a busy machine slows both alike.
"""

import json
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

import django

from bench.memory import peak_mb
from bench.template import ENTE

AT = datetime(2026, 7, 1, 9, tzinfo=UTC)
TODAY = date(2026, 7, 1)
CODE = "LETTERE"


def make(size: int) -> dict[str, Any]:
    """``letters_cpu`` and ``notices_cpu`` for the same ``pages``; the peak of memory after two parts and at the end."""
    from django_tenants.utils import schema_context

    from dunning.models import PrintBatch
    from dunning.services.post_printing import make_batch

    with schema_context(ENTE):
        way = _way()
        batch_id = _asked(_wave_on_paper(way, size))
        ended, cpu, wall, floor, printed, peaks = False, 0.0, 0.0, 0.0, 0, []
        _floor_cpu(2)  # fonts and sheets are read once, for both
        while not ended:
            begun, at_wall = time.process_time(), time.perf_counter()
            ended = make_batch(batch_id=batch_id, way=way, at=AT, enough=lambda: True)
            cpu, wall = cpu + time.process_time() - begun, wall + time.perf_counter() - at_wall
            pages = _pages_so_far(batch_id)
            floor += _floor_cpu(pages - printed)
            printed = pages
            peaks.append(peak_mb())
        batch = PrintBatch.objects.get(pk=batch_id)
    return {
        "letters": batch.letters_count, "pages": batch.pages, "letters_cpu": cpu, "letters_seconds": wall,
        "notices_cpu": floor, "early_mb": peaks[min(1, len(peaks) - 1)], "rss_mb": peaks[-1],
    }  # fmt: skip


def _way() -> Any:
    from dunning.services.way import SendingWay
    from tenants.models import Ente

    ente = Ente.objects.get(schema_name=ENTE)
    return SendingWay(ente=ente, sender="", portal_url="https://borgo.example/")


def _wave_on_paper(way: Any, size: int) -> int:
    """Simulated, approved and started as an office does; every item waits for the printer."""
    from billing.models import Service
    from dunning.rules.step_drafts import StepDraft
    from dunning.services.planning import plan_step
    from dunning.services.policies import write_policy
    from dunning.services.sending import set_letters_aside
    from dunning.services.waves import approve_wave, start_wave
    from paybox.kernel.actor import Actor

    author, approver = Actor(1, "Ada"), Actor(2, "Elena")
    service_id = Service.objects.get(code=CODE).pk
    step = StepDraft("CORTESIA", "SCADENZA", 10, ("LETTERA",), needs_approval=True)
    write_policy(service_id=service_id, steps=[step], actor=author, at=AT)
    wave = plan_step(service_id=service_id, number=1, actor=author, at=AT, today=TODAY)
    approve_wave(wave_id=wave.pk, actor=approver, at=AT)
    start_wave(wave_id=wave.pk, actor=approver, at=AT)
    assert set_letters_aside(wave_id=wave.pk, way=way, at=AT, limit=size + 1) == size
    return int(wave.pk)


def _asked(wave_id: int) -> int:
    from dunning.services.post_batches import ask_batch
    from paybox.kernel.actor import Actor

    return ask_batch(wave_id=wave_id, product="ORDINARIA", actor=Actor(1, "Ada"), at=AT).pk


def _pages_so_far(batch_id: int) -> int:
    from django.db.models import Sum

    from dunning.models import Letter

    told = Letter.objects.filter(batch_id=batch_id).aggregate(pages=Sum("pages"))
    return int(told["pages"] or 0)


def _floor_cpu(pages: int) -> float:
    """Seconds of CPU to print as many pages as notices, the way the billing file does."""
    from bench.notice_pages import PAGES_PER_NOTICE, two_page_notice
    from billing.documents.renderer import render_notices

    begun = time.process_time()
    notices = (two_page_notice(n) for n in range(-(-pages // PAGES_PER_NOTICE)))
    made = sum(printed.pages for printed in render_notices(notices))
    taken = time.process_time() - begun
    return taken * pages / made if made else 0.0


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make(int(sys.argv[1]))))
