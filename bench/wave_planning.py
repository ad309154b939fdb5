"""``python -m bench.wave_planning``: simulate a policy's first step as the product does; prints seconds and memory.

A process of its own, so that its peak of memory is that of planning and nothing else.
"""

import json
import time
from datetime import UTC, date, datetime

import django

from bench.memory import peak_mb
from bench.template import ENTE

AT = datetime(2026, 7, 1, 9, tzinfo=UTC)
TODAY = date(2026, 7, 1)


def plan() -> dict[str, float]:
    """Seconds to simulate and, as an approval does, to ask again what has moved; counts, and the memory before and at its peak in MB."""
    from django_tenants.utils import schema_context

    from billing.models import Service
    from dunning.rules.step_drafts import StepDraft
    from dunning.selectors.drift import moved_too_much
    from dunning.services.planning import plan_step
    from dunning.services.policies import write_policy
    from paybox.kernel.actor import SYSTEM

    step = StepDraft(
        "CORTESIA", "SCADENZA", 10, ("SMS", "EMAIL"), needs_approval=True, holdout_percent=10
    )
    with schema_context(ENTE):
        service = Service.objects.get(code="TARI")
        write_policy(service_id=service.pk, steps=[step], actor=SYSTEM, at=AT)
        before = peak_mb()
        start = time.perf_counter()
        wave = plan_step(service_id=service.pk, number=1, actor=SYSTEM, at=AT, today=TODAY)
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        assert not moved_too_much(wave), "nobody has paid since"
        again = time.perf_counter() - start
    return {
        "seconds": seconds,
        "again_seconds": again,
        "recipients": wave.recipients,
        "held_out": wave.held_out,
        "excluded": wave.excluded,
        "amount_cents": wave.amount_cents,
        "rss_before_mb": before,
        "rss_mb": peak_mb(),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(plan()))
