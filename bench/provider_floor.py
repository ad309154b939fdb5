"""``python -m bench.provider_floor WAVE CHANNEL COUNT``: the same messages by the provider's client alone; prints seconds.

The client of the product, over as many lines as the product opens, in a bare loop: nothing is read, checked or written.
The words are those that left in the wave; the addresses are others, so that what the wave sent can be counted.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import django

from bench.template import ENTE


def send(wave_id: int, name: str, count: int) -> dict[str, float]:
    """Seconds to send ``count`` messages, and how many were not accepted."""
    from django_tenants.utils import schema_context

    from dunning.channels.protocol import Accepted
    from dunning.inbound.channels import channel_for
    from dunning.services.handing import SendsAbreast

    with schema_context(ENTE):
        messages, channel = _messages(wave_id, name, count), channel_for(name)
    assert isinstance(channel, SendsAbreast)
    start = time.perf_counter()
    with channel.kept_open(), ThreadPoolExecutor(channel.lines) as threads:
        outcomes = list(threads.map(channel.send, messages))
    seconds = time.perf_counter() - start
    refused = sum(not isinstance(outcome, Accepted) for outcome in outcomes)
    return {"seconds": seconds, "lines": channel.lines, "refused": refused}


def _messages(wave_id: int, name: str, count: int) -> list[object]:
    from dunning.channels.email_html import html_of
    from dunning.inbound.ways import sending_way
    from dunning.models import Attempt
    from dunning.services.attempts import message_of
    from tenants.models import Ente

    way = sending_way(Ente.objects.get(schema_name=ENTE), name)
    sent = Attempt.objects.filter(item__wave_id=wave_id).order_by("pk")[:count]
    bare = [replace(message_of(attempt, way), attempt_id=uuid4()) for attempt in sent]
    if name == "SMS":
        return [replace(one, to=one.to.replace("+3933", "+3934")) for one in bare]
    return [
        replace(one, to=f"nuda.{one.to}", html=html_of(one.text, title=one.subject), unsubscribe_url=way.farewell(uuid4()))
        for one in bare
    ]  # fmt: skip


if __name__ == "__main__":
    django.setup()
    print(json.dumps(send(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
