"""``python -m bench.wave_started CODE CHANNEL``: simulate, approve and start a wave as an office does; prints its id.

The bell of its first chunk is in the queue when this ends.
"""

import json
import sys

import django

from bench.template import ENTE


def start(code: str, channel: str) -> dict[str, int]:
    """The wave's id and how many it goes to."""
    from django_tenants.utils import schema_context

    from billing.models import Service
    from dunning.services.planning import plan_reminders
    from dunning.services.waves import approve_wave, start_wave
    from paybox.kernel.actor import Actor
    from paybox.kernel.clock import now, today

    author, approver = Actor(1, "Ada"), Actor(2, "Elena")
    with schema_context(ENTE):
        service_id = Service.objects.get(code=code).pk
        wave = plan_reminders(
            service_id=service_id, channel=channel, actor=author, at=now(), today=today()
        )
        approve_wave(wave_id=wave.pk, actor=approver, at=now())
        start_wave(wave_id=wave.pk, actor=approver, at=now())
    return {"wave": wave.pk, "recipients": wave.recipients}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(start(*sys.argv[1:])))
