"""The portal's cast: a citizen of Borgo without an account, the notice she holds, nothing left of counters."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Instalment, Position
from billing.selectors.ledger import ledger_problems
from tests.build import make_position
from tests.pages import text_of

CODE = "RSSMRA80A01H501U"
OTHER_CODE = "VRDBNC80A41H501X"
FAR = date(2099, 6, 16)


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> Iterator[None]:
    """Rolled-back tests give the same numbers again: what was counted of them must go too."""
    cache.clear()
    yield
    with schema_context("borgo"):
        assert list(ledger_problems()) == []


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"host": "borgo.localhost"})


@pytest.fixture
def tari() -> Instalment:
    """The rata unica of a notice of Borgo, payable for a long time."""
    return instalment_of(due_on=FAR)


def instalment_of(*, schema: str = "borgo", number: int = 0, **given: Any) -> Instalment:
    with schema_context(schema):
        return make_position(**given).instalments.select_related("position").get(number=number)


def ask(client: Client, number: str, code: str = CODE, path: str = "/avviso/", **extra: Any) -> Any:
    return client.post(path, {"notice_number": number, "codice_fiscale": code}, **extra)


@dataclass(frozen=True, slots=True)
class Found:
    """The page of a notice, found by its form."""

    path: str
    text: str


@pytest.fixture
def find(citizen: Client) -> Callable[..., Found]:
    def call(instalment: Instalment, path: str = "/avviso/") -> Found:
        answer = ask(citizen, instalment.notice_number, path=path)
        assert answer.status_code == 302, text_of(answer)
        return Found(answer["Location"], text_of(citizen.get(answer["Location"])))

    return call


def main_of(text: str) -> str:
    """The page's own words: no header, no token that changes at each request."""
    inside = re.search(r"<main.*?</main>", text, flags=re.S)
    assert inside
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", inside[0])


def spontaneous_positions(schema: str = "borgo") -> list[Position]:
    with schema_context(schema):
        found = Position.objects.filter(origin=Position.Origin.FORM).select_related("subject")
        return list(found.prefetch_related("instalments").order_by("pk"))


def session_of(client: Client, schema: str = "borgo") -> dict[str, Any]:
    """As the pages of that Ente see it."""
    with schema_context(schema):
        return dict(client.session.items())


def change_session(client: Client, schema: str = "borgo", **values: Any) -> None:
    """Put values in the session that the pages of that Ente will read: its cache is kept Ente by Ente."""
    with schema_context(schema):
        session = client.session
        session.update(values)
        session.save()
