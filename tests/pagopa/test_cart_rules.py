"""What may be paid together, and what became of a cart."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pagopa.rules.cart import FRESH, MAX_NOTICES, CartLine, CartState, cart_problem, cart_state

ONE = CartLine("301000000000000001", position=1, rata=1, asked_cents=40_00, owed_cents=120_00)
OTHER = replace(ONE, notice_number="301000000000000002", rata=2)
WHOLE = replace(ONE, notice_number="301000000000000000", rata=0, asked_cents=120_00)
ELSEWHERE = replace(WHOLE, notice_number="301000000000000009", position=2)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "da 1 a 5"),
        ([replace(ELSEWHERE, notice_number=str(n), position=n) for n in range(6)], "da 1 a 5"),
        ([ONE, ONE], "più volte"),
        ([WHOLE, ONE], "due modi di pagare"),
        ([ONE, ELSEWHERE, WHOLE], "due modi di pagare"),
        ([replace(ONE, owed_cents=40_00), replace(OTHER, owed_cents=40_00)], "ne basta una"),
    ],
)
def test_what_makes_no_sense_together(lines, words):
    assert words in cart_problem(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [WHOLE],
        [ONE, OTHER],
        [ELSEWHERE, ONE, OTHER],
        [replace(ELSEWHERE, notice_number=str(n), position=n) for n in range(MAX_NOTICES)],
    ],
)
def test_what_can_be_paid_together(lines):
    assert cart_problem(lines) == ""


@pytest.mark.parametrize(
    ("paid", "age", "state"),
    [
        (0, timedelta(), CartState.FRESH),
        (0, FRESH, CartState.ABANDONED),
        (1, timedelta(), CartState.PARTLY_PAID),
        (1, FRESH, CartState.PARTLY_PAID),
        (2, timedelta(), CartState.PAID),
        (2, timedelta(days=9), CartState.PAID),
    ],
)
def test_the_state_of_a_cart(paid, age, state):
    assert cart_state(notices=2, paid=paid, age=age) is state
