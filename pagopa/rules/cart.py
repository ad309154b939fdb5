"""What may be paid together, and what became of it: pure, from facts.

Before: the portal's basket and ``services/checkout``.  After: the checkout, the office's list of carts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MAX_NOTICES = 5
FRESH = timedelta(minutes=30)  # a payer still at the checkout; then nobody waits for her any more


@dataclass(frozen=True, slots=True)
class CartLine:
    """One way to pay one position. ``rata`` 0 is the rata unica; cents; ``owed_cents`` of the whole position."""

    notice_number: str
    position: int
    rata: int
    asked_cents: int
    owed_cents: int


def cart_problem(lines: Sequence[CartLine]) -> str:
    """Why these cannot be paid together, in a plain sentence; empty when they can."""
    if not 1 <= len(lines) <= MAX_NOTICES:
        return f"Si possono pagare insieme da 1 a {MAX_NOTICES} avvisi"
    if len({line.notice_number for line in lines}) < len(lines):
        return "Lo stesso avviso è indicato più volte"
    together: dict[int, list[CartLine]] = defaultdict(list)
    for line in lines:
        together[line.position].append(line)
    for ways in together.values():
        if len(ways) > 1 and any(way.rata == 0 for way in ways):
            return "La rata unica e le singole rate non si pagano insieme: sono due modi di pagare lo stesso dovuto"
        if sum(way.asked_cents for way in ways) > min(way.owed_cents for way in ways):
            return "Queste rate insieme superano quanto resta da pagare: ne basta una"
    return ""


class CartState(StrEnum):
    """Derived, never stored: nobody has to close a cart."""

    PAID = "PAGATO"
    PARTLY_PAID = "PARZIALE"
    FRESH = "IN_CORSO"
    ABANDONED = "ABBANDONATO"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    CartState.PAID: "Pagato",
    CartState.PARTLY_PAID: "Pagato in parte",
    CartState.FRESH: "In corso",
    CartState.ABANDONED: "Abbandonato",
}


def cart_state(*, notices: int, paid: int, age: timedelta) -> CartState:
    """``paid`` of its notices are paid, whoever paid them; ``age`` since it was left at the checkout."""
    if notices and paid >= notices:
        return CartState.PAID
    if paid:
        return CartState.PARTLY_PAID
    return CartState.FRESH if age < FRESH else CartState.ABANDONED
