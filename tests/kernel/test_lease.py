"""Long work keeps its entry while its process lives, however long: on a database where other connections see it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from paybox.kernel import queue
from paybox.kernel.models import OutboxEntry
from tests.standins import until


def test_the_lease_moves_on_while_the_work_goes_on(
    own_borgo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LEASE", timedelta(seconds=0.3))
    seen: list[Any] = []

    def lease() -> Any:
        return OutboxEntry.objects.values_list("leased_until", flat=True).get()

    def work_until_the_lease_has_moved() -> None:
        first = lease()
        until(lambda: lease() > first + timedelta(seconds=0.3))
        seen.append(lease() > timezone.now() - timedelta(seconds=0.3))

    monkeypatch.setitem(queue._registry, "tests.long", work_until_the_lease_has_moved)
    at = timezone.now()
    entry = OutboxEntry.objects.create(task="tests.long", created_at=at, next_at=at)
    queue.answer_bell(schema="borgo", entry_id=entry.pk)
    entry.refresh_from_db()
    assert seen == [True]
    assert entry.done_at is not None
    assert entry.leased_until is None
