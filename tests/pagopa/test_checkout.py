"""Chapter 6, online: the cart is left at the simulated checkout, a process of its own."""

from datetime import date
from typing import Any

import httpx
import pytest

from billing.models import Position, Service
from billing.services.positions import withdraw_position
from pagopa.gateways.checkout import CheckoutAccess, HttpCheckout
from pagopa.models import Cart
from pagopa.services.checkout import CheckoutUnavailable, ReturnUrls, start_checkout
from tests.build import AT, make_position, pay

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
