"""The platform's page: nobody reads the list of Enti but who looks after them."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from billing.models import Load, Service
from paybox.kernel.models import OutboxEntry
from tenants.models import User
from tests.build import AT
from tests.pages import text_of


@pytest.fixture
def overseer(visit: Any) -> Any:
    with schema_context("public"):
        User.objects.create_user("ugo@example.org", "x" * 20, name="Ugo", is_platform_staff=True)
    return visit("ugo@example.org", host="localhost")


def test_a_stranger_sees_no_ente(visit: Any) -> None:
    page = text_of(visit(host="localhost").get("/"))
    assert "Accesso del personale" in page
    for word in ("Borgo", "Valle"):
        assert word not in page


def test_ada_finds_her_ente_with_its_port_and_no_other(visit: Any) -> None:
    page = text_of(visit("ada@example.org", host="localhost:8000").get("/"))
    assert 'href="http://borgo.localhost:8000/ufficio/"' in page
    assert "Responsabile" in page
    assert "Valle" not in page
    assert "Stato degli Enti" not in page


def test_who_works_nowhere_is_told_what_to_do(visit: Any) -> None:
    page = text_of(visit("carla@example.org", host="localhost").get("/"))
    assert "Nessun Ente ha dato un ruolo" in page


def test_the_overseer_sees_what_is_wrong_and_where(overseer: Any) -> None:
    with schema_context("borgo"):
        Load.objects.create(
            service=Service.objects.get(code="TARI"), filename="tari-2026.csv", sha256="0" * 64, raw_message_id=0,
            created_at=AT, actor_name="Ada",
        )  # fmt: skip
        OutboxEntry.objects.create(task="x", created_at=AT, next_at=AT, failed_at=AT)
    page = text_of(overseer.get("/"))
    borgo, valle = page.split("Ordine di Valle", 1)
    assert "tari-2026.csv" in borgo
    assert 'class="num pb-late">1<' in borgo
    assert "nessuno" in valle
    assert 'class="num">0<' in valle


def test_budget(overseer: Any) -> None:
    overseer.get("/")
    with CaptureQueriesContext(connection) as asked:
        overseer.get("/")
    assert len(asked) <= 24


def test_every_official_may_log_in_at_the_platform(visit: Any) -> None:
    page = text_of(visit(host="localhost").get("/accounts/login/"))
    assert "Riservato al personale degli Enti" in page
