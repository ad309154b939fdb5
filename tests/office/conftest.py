"""The office under test: Ada's browser, and a way to have the outbox emptied as a worker would."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from paybox.kernel.schema import enter_ente
from tenants.models import Ente, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class OfficeClient(Client):
    """A request ends in ``public``; the test that made it goes on inside its Ente."""

    ente: Ente

    def request(self, **request: Any) -> Any:
        try:
            return super().request(**request)
        finally:
            enter_ente(self.ente)


@pytest.fixture
def enter(borgo: Ente) -> Callable[[str], OfficeClient]:
    """``enter("elena@example.org")``: somebody's browser in Borgo's office."""

    def logged_in(email: str) -> OfficeClient:
        client = OfficeClient(headers={"host": "borgo.localhost"})
        client.ente = borgo
        with schema_context("public"):
            client.force_login(User.objects.get(email=email), backend=BACKEND)
        return client

    return logged_in


@pytest.fixture
def ada_browses(enter: Callable[[str], OfficeClient]) -> OfficeClient:
    return enter("ada@example.org")


@pytest.fixture
def work() -> Callable[[], int]:
    """Do everything that waits in Borgo's outbox. Returns how many entries were done."""
    from paybox.kernel.models import OutboxEntry
    from paybox.kernel.queue import answer_bell

    def answer() -> int:
        waiting = list(
            OutboxEntry.objects.filter(done_at__isnull=True, task__startswith="billing.")
        )
        for entry in waiting:
            answer_bell(schema="borgo", entry_id=entry.pk)
        return len(waiting)

    return answer
