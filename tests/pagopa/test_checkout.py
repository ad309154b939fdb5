"""Chapter 6, online: the cart is left at the simulated checkout, a process of its own."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from billing.models import Position, Service
from billing.services.positions import withdraw_position
from pagopa.gateways.checkout import CheckoutAccess, HttpCheckout
from pagopa.models import Cart
from pagopa.rules.cart import FRESH, CartState
from pagopa.selectors.carts import carts, shown_carts
from pagopa.services.checkout import CheckoutUnavailable, ReturnUrls, start_checkout
from tenants.models import Ente
from tests.build import AT, make_position, pay
from tests.pagopa.openapi import wrong

pytestmark = pytest.mark.django_db
URLS = ReturnUrls(
    "http://borgo.localhost/ok", "http://borgo.localhost/no", "http://borgo.localhost/errore"
)


def number(position: Position, rata: int = 0) -> str:
    return position.instalments.get(number=rata).notice_number


@pytest.fixture
def checkout(simulator: Any) -> HttpCheckout:
    return HttpCheckout(CheckoutAccess(simulator().url + "/checkout/ec/v1/carts"))


def start(ente: Any, gateway: HttpCheckout, *numbers: str, email: str = "") -> str:
    return start_checkout(
        notice_numbers=numbers, ente=ente, email=email, return_urls=URLS, gateway=gateway, at=AT
    )


def test_the_browser_is_sent_to_a_page_that_says_what_is_paid(borgo, checkout):
    one, other = make_position(), make_position(cents=500, rates=())
    url = start(borgo, checkout, number(one, 1), number(other), email="mario@example.org")
    page = httpx.get(url, trust_env=False).text
    assert "Totale: 65,00 €" in page
    assert "Comune di Borgo" in page
    cart = Cart.objects.get()
    assert (cart.amount_cents, cart.checkout_url) == (6_500, url)
    assert cart.notice_numbers == [number(one, 1), number(other)]


def test_what_cannot_be_paid_is_said_before_anybody_leaves(borgo, checkout, ada):
    paid, gone, late = make_position(), make_position(), make_position(due_on=date(2020, 1, 1))
    pay(number(paid, 1), 6_000)
    withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
    Service.objects.filter(code="TARI").update(accepts_late_payment=False)
    for notice_number, why in (
        (number(paid, 1), "già pagato"),
        (number(paid), "già pagato"),
        (number(gone), "annullato"),
        (number(late), "scaduto"),
        ("301999999999999999", "non risulta"),
    ):
        with pytest.raises(CheckoutUnavailable, match=why):
            start(borgo, checkout, notice_number)
    assert Cart.objects.count() == 0


def test_a_cart_makes_sense_or_is_refused(borgo, checkout):
    position = make_position()
    many = [number(make_position(rates=())) for _ in range(6)]
    for numbers in (
        (),
        tuple(many),
        (many[0], many[0]),
        (number(position), number(position, 1)),
    ):
        with pytest.raises(CheckoutUnavailable):
            start(borgo, checkout, *numbers)


def test_a_checkout_that_refuses_or_is_not_there(borgo, simulator):
    node = simulator()
    notice_number = number(make_position())
    nowhere = HttpCheckout(CheckoutAccess(node.url + "/non-qui"))
    with pytest.raises(CheckoutUnavailable, match="non ha accettato"):
        start(borgo, nowhere, notice_number)
    node.stop()
    with pytest.raises(CheckoutUnavailable, match="non risponde"):
        start(
            borgo, HttpCheckout(CheckoutAccess(node.url + "/checkout/ec/v1/carts")), notice_number
        )


@pytest.mark.parametrize(
    ("version", "schema"), [(1, "CartRequest"), (2, "CartRequestV2")], ids=["v1", "v2"]
)
@pytest.mark.parametrize("email", ["", "mario@example.org"])
def test_the_body_that_leaves_is_the_official_one(borgo, taking, version, schema, email):
    Ente.objects.filter(pk=borgo.pk).update(name="Unione dei Comuni " * 12)
    borgo.refresh_from_db()
    numbers = [number(make_position(cents=1_000 + n, rates=())) for n in range(5)]
    address = f"http://127.0.0.1:{taking.server_port}/checkout/ec/v{version}/carts"
    start(borgo, HttpCheckout(CheckoutAccess(address)), *numbers, email=email)
    (body,) = taking.bodies
    official = f"checkout_v{version}.json"
    assert wrong(official, schema, body) == []
    body["paymentNotices"][0]["description"] *= 20
    del body["returnUrls"]["returnErrorUrl"]
    assert len(wrong(official, schema, body)) == 2
    assert [n["amount"] for n in body["paymentNotices"]] == [1_000 + n for n in range(5)]
    assert body["idCart"] == str(Cart.objects.get().uuid)


def test_each_version_is_taken_by_its_own_address(borgo, simulator):
    node = simulator()
    for version in (1, 2):
        address = f"{node.url}/checkout/ec/v{version}/carts"
        url = start(borgo, HttpCheckout(CheckoutAccess(address)), number(make_position()))
        assert "Totale: 120,00 €" in httpx.get(url, trust_env=False).text
    body: dict[str, Any] = {"paymentNotices": [], "returnUrls": {}}
    assert httpx.post(f"{node.url}/checkout/ec/v3/carts", json=body, trust_env=False).status_code == 404  # fmt: skip


def test_rate_that_together_exceed_what_is_left_do_not_leave(borgo, checkout):
    position = make_position(cents=12_000, rates=(4_000, 4_000, 4_000))
    pay(number(position, 1), 10_000)
    with pytest.raises(CheckoutUnavailable, match="ne basta una"):
        start(borgo, checkout, number(position, 2), number(position, 3))
    url = start(borgo, checkout, number(position, 2))
    assert "Totale: 20,00 €" in httpx.get(url, trust_env=False).text


def test_a_cart_left_half_way_is_abandoned_and_locks_nothing(borgo, checkout):
    one, other = make_position(rates=()), make_position(rates=())
    start(borgo, checkout, number(one), number(other))
    states = [
        shown.state
        for later in (timedelta(), FRESH)
        for shown in shown_carts(carts(), at=AT + later)
    ]
    assert states == [CartState.FRESH, CartState.ABANDONED]
    start(borgo, checkout, number(one))
    pay(number(one), 12_000)
    again, first = shown_carts(carts(), at=AT + FRESH)
    assert (again.state, first.state) == (CartState.PAID, CartState.PARTLY_PAID)


class Taking(ThreadingHTTPServer):
    """A checkout that keeps what it was sent, byte for byte."""

    bodies: list[Any]


class _Till(BaseHTTPRequestHandler):
    server: Taking

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(raw))
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1/checkout/1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def taking() -> Iterator[Taking]:
    server = Taking(("127.0.0.1", 0), _Till)
    server.bodies = []
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
