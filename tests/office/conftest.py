"""The office under test: Ada's browser, and a way to have the outbox emptied as a worker would."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def ada_browses(borgo: Any, visit: Any) -> Client:
    client: Client = visit("ada@example.org")
    return client


@pytest.fixture
def work() -> Callable[[], int]:
    """Do everything that waits in Borgo's outbox. Returns how many entries were done."""
    from paybox.kernel.models import OutboxEntry
    from paybox.kernel.queue import answer_bell

    def answer() -> int:
        waiting = list(OutboxEntry.objects.filter(done_at__isnull=True).order_by("pk"))
        for entry in waiting:
            answer_bell(schema="borgo", entry_id=entry.pk)
        return len(waiting)

    return answer
