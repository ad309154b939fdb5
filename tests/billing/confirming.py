"""``python -m tests.billing.confirming LOAD CHUNK WHEN``: confirms a load and is killed on its way.

WHEN is ``inside-N`` (all rows of chunk N written, nothing committed) or ``after-N`` (committed).
"""

import os
import signal
import sys
from datetime import UTC, datetime

import django

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def confirm(load_id: int, chunk: int, when: str) -> None:
    from django_tenants.utils import schema_context

    from billing.events import position_opened
    from billing.services import loads
    from paybox.kernel.actor import SYSTEM

    loads.CHUNK = chunk
    place, last = when.split("-")
    done = 0

    def count(**_: object) -> None:
        if place == "inside" and done + 1 == int(last):
            die()

    position_opened.connect(count)
    with schema_context("borgo"):
        while loads.confirm_next_chunk(load_id=load_id, segregation="01", actor=SYSTEM, at=AT):
            done += 1
            if place == "after" and done == int(last):
                die()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
    django.setup()
    confirm(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
