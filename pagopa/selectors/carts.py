"""Carts left at the checkout, with the state that follows from receipts and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from billing.models import Instalment
from billing.states import InstalmentState
from pagopa.models import Cart
from pagopa.rules.cart import CartState, cart_state


@dataclass(frozen=True, slots=True)
class ShownCart:
    """A cart, its instalments in the order of the numbers, and what became of it."""

    cart: Cart
    instalments: list[Instalment]
    state: CartState


def carts() -> QuerySet[Cart]:
    """Newest first."""
    return Cart.objects.order_by("-id")


def shown_carts(some: Sequence[Cart], *, at: datetime) -> list[ShownCart]:
    """In one question for all of them."""
    numbers = {number for cart in some for number in cart.notice_numbers}
    found = Instalment.objects.filter(notice_number__in=numbers)
    known = {way.notice_number: way for way in found.select_related("position__service")}
    return [_shown(cart, known, at) for cart in some]


def _shown(cart: Cart, known: dict[str, Instalment], at: datetime) -> ShownCart:
    ways = [known[number] for number in cart.notice_numbers if number in known]
    paid = sum(way.state == InstalmentState.PAID for way in ways)
    state = cart_state(notices=len(cart.notice_numbers), paid=paid, age=at - cart.created_at)
    return ShownCart(cart, ways, state)
