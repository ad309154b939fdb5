"""«Vai al pagamento»: the browser is sent to a real checkout process, or told in plain words why not."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Instalment
from frontline.portal.rate_limit import PER_ADDRESS
from paybox.kernel.clock import now
from tests.build import pay
from tests.pages import text_of
from tests.portal.conftest import Found

Finder = Callable[..., Found]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Node simulator as a process of its own; the address of its checkout."""
    state: Path = tmp_path_factory.mktemp("simulator")
    command = [sys.executable, "-m", "pagopa.simulator", "--port", "0", "--state", str(state)]
    process = subprocess.Popen(
        [*command, "--retry-every", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    yield process.stdout.readline().rsplit(" ", 1)[-1].strip().rstrip("/")
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()


@pytest.fixture
def checkout(simulator: str, settings: Any) -> str:
    point_to(settings, f"{simulator}/checkout/ec/v1/carts")
    return simulator


def test_the_browser_is_sent_to_the_cart_of_that_notice(
    citizen: Client, find: Finder, tari: Instalment, checkout: str
) -> None:
    page = find(tari)
    answer = citizen.post(f"{page.path}paga/")
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{checkout}/checkout/")
    cart = httpx.get(answer["Location"], trust_env=False).text
    assert tari.notice_number in cart
    assert "Totale: 120,00 €" in cart
    assert f"form-action 'self' {checkout}" in citizen.get(page.path)["Content-Security-Policy"]


def test_leaving_the_checkout_comes_back_to_the_notice(
    citizen: Client, find: Finder, tari: Instalment, checkout: str
) -> None:
    path = find(tari).path
    cart = citizen.post(f"{path}paga/")["Location"]
    left = httpx.post(cart, data={"choice": "leave"}, trust_env=False)
    assert left.headers["location"] == f"http://borgo.localhost{path}ritorno/annullato/"
    assert "Pagamento non completato" in text_of(citizen.get(f"{path}ritorno/annullato/"))


def test_a_checkout_that_does_not_answer_is_said_on_the_page(
    citizen: Client, find: Finder, tari: Instalment, settings: Any
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        point_to(settings, f"http://127.0.0.1:{nobody.getsockname()[1]}/carts")
    answer = citizen.post(f"{find(tari).path}paga/")
    assert answer.status_code == 503
    assert "Il servizio di pagamento non risponde" in text_of(answer)
    assert "Vai al pagamento" in text_of(answer)


def test_a_notice_paid_meanwhile_is_not_sent_to_the_till(
    citizen: Client, find: Finder, tari: Instalment, checkout: str
) -> None:
    path = find(tari).path
    with schema_context("borgo"):
        pay(tari.notice_number, 12_000, at=now())
    answer = citizen.post(f"{path}paga/")
    assert answer.status_code == 409
    assert "Pagamento confermato" in text_of(answer)


def test_the_till_is_not_rung_for_ever(
    citizen: Client, find: Finder, tari: Instalment, checkout: str
) -> None:
    path = find(tari).path
    answers = [citizen.post(f"{path}paga/").status_code for _ in range(PER_ADDRESS + 1)]
    assert answers == [303] * PER_ADDRESS + [429]


def test_only_a_post_goes_to_the_till(citizen: Client, find: Finder, tari: Instalment) -> None:
    assert citizen.get(f"{find(tari).path}paga/").status_code == 405


def point_to(settings: Any, url: str) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"checkout_url": url})
