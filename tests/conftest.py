"""What every test stands on: its worker's own database with Borgo and Valle, and their cast.

Tests run as the runtime role: what the product may not do, they may not do either.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django_tenants.utils import schema_context

from paybox.kernel.actor import Actor
from paybox.kernel.schema import enter_public
from tests.pec import PecProvider
from tests.platforms import AppIo, Send
from tests.plugin import app_url, clone_database, fresh_database
from tests.standins import Provider, Sink
from tests.template import PASSWORD

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@contextmanager
def use_database(name: str) -> Iterator[None]:
    """Point Django of this process at another database of the same server."""
    from paybox.settings.environment import database_entry

    connections["default"].close()
    entry = database_entry(app_url(name))
    before = {
        key: connections["default"].settings_dict[key]
        for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")
    }
    for target in (connections["default"].settings_dict, settings.DATABASES["default"]):
        target.update({key: entry[key] for key in before})
    try:
        yield
    finally:
        connections["default"].close()
        for target in (connections["default"].settings_dict, settings.DATABASES["default"]):
            target.update(before)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """One clone of the template for this worker; the run drops it when its workers have ended."""
    with django_db_blocker.unblock(), use_database(clone_database("test")):
        yield


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A clone of this test's own, where what is committed is seen by other threads and processes; its name."""
    with fresh_database("own") as name, django_db_blocker.unblock(), use_database(name):
        yield name


@pytest.fixture
def own_borgo(own_database: str) -> Iterator[str]:
    """The same, inside Borgo."""
    with schema_context("borgo"):
        yield own_database


@pytest.fixture(autouse=True)
def fresh_caches(request: pytest.FixtureRequest) -> Iterator[None]:
    """The clock and what is remembered of hosts never pass from one test to the next."""
    from paybox.kernel.clock import reset_clock

    yield
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        reset_clock()
        enter_public()


@pytest.fixture
def borgo(db: None) -> Iterator[Any]:
    """Act inside Borgo."""
    from tenants.models import Ente

    ente = Ente.objects.get(schema_name="borgo")
    with schema_context("borgo"):
        yield ente


@pytest.fixture
def valle(db: None) -> Any:
    """The Ente that must notice nothing: enter it with ``schema_context("valle")``."""
    from tenants.models import Ente

    with schema_context("public"):
        return Ente.objects.get(schema_name="valle")


@pytest.fixture
def ada() -> Actor:
    return Actor(1, "Ada Bianchi")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def visit(db: None) -> Any:
    """``visit("ada@example.org")`` → a logged-in test client of Borgo; ``visit(host="valle.localhost")`` anonymous."""

    def client(email: str = "", *, host: str = "borgo.localhost") -> Client:
        browser = Client(headers={"host": host})
        if email:
            from tenants.models import User

            with schema_context("public"):
                user = User.objects.get(email=email)
                browser.force_login(
                    user, backend="allauth.account.auth_backends.AuthenticationBackend"
                )
        return browser

    return client


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    """The mail server."""
    running = Sink(tmp_path_factory.mktemp("posta"))
    yield running
    running.process.stop()


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The SMS provider."""
    running = Provider(tmp_path_factory.mktemp("sms"))
    yield running
    running.process.stop()


@pytest.fixture(scope="module")
def pec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PecProvider]:
    """The provider of certified mail."""
    running = PecProvider(tmp_path_factory.mktemp("pec"))
    yield running
    running.process.stop()


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Send]:
    """The State's platform of legal notices."""
    running = Send(tmp_path_factory.mktemp("send"))
    yield running
    running.process.stop()


@pytest.fixture(scope="module")
def app_io(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppIo]:
    """The State's app."""
    running = AppIo(tmp_path_factory.mktemp("app-io"))
    yield running
    running.process.stop()


@pytest.fixture
def own_files(settings: Any, tmp_path: Any) -> None:
    """What is stored goes to a folder of this test."""
    here = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": here}


__all__ = ["NOW", "PASSWORD", "use_database"]
