"""Who a credit belongs to: shares by weight, percentage, on top, in cents, and stamps; always to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Position
from billing.rules.shares import Measure, Share, divide, read_shares
from billing.selectors.shares import parts_of
from tests.build import make_position

TEFA = {"codice_fiscale": "80098765432", "iban": "IT28W8000000292100645211151", "sul_tributo": 500}


def cents(total: int, *kept: dict[str, object], payable: int | None = None) -> list[int]:
    shares = read_shares(kept)
    found = divide(
        payable_cents=total if payable is None else payable, total_cents=total, shares=shares
    )
    return [part.cents for part in found]


@pytest.mark.parametrize(
    ("total", "kept", "parts"),
    [
        (10_500, [TEFA], [10_000, 500]),  # five percent of the tax, not of the sum
        (10_000, [{**TEFA, "sul_tributo": 500}], [9_524, 476]),
        (10_000, [{"percento": 500}], [9_500, 500]),
        (10_001, [{"percento": 5_000}], [5_000, 5_001]),
        (10_000, [{"centesimi": 258}, {"percento": 1_000}], [8_742, 258, 1_000]),
        (100, [{"peso": 1}, {"peso": 2}], [33, 67]),
        (258, [{"centesimi": 258}], [258]),  # nothing is left for the Ente: no transfer of nothing
        (4_500, [], [4_500]),
    ],
)
def test_each_measure(total, kept, parts):
    assert cents(total, *kept) == parts


def test_a_rata_is_divided_as_the_whole_credit_is():
    fee = {"centesimi": 200}
    assert cents(12_000, fee) == [11_800, 200]
    assert cents(12_000, fee, payable=6_000) == [5_900, 100]
    assert cents(12_000, fee, payable=12_034) == [11_833, 201]  # with interest


def test_a_stamp_is_whole_and_nobody_shares_it():
    stamp = {"impronta": "x" * 44, "provincia": "RM", "centesimi": 1_600}
    assert cents(11_600, {"percento": 1_000}, stamp) == [9_000, 1_000, 1_600]
    assert cents(1_600, stamp) == [1_600]


@pytest.mark.parametrize(
    "kept",
    [
        [{"centesimi": 10_001}],
        [{"percento": 6_000}, {"centesimi": 5_000}],
        [{"peso": 1}, {"percento": 100}],
        [{"peso": 1}] * 6,
        [{"impronta": "x", "provincia": "RM", "centesimi": 10_001}],
    ],
)
def test_shares_that_cannot_be(kept):
    with pytest.raises(ValueError, match=r"quot|bollo"):
        cents(10_000, *kept)


measures = st.sampled_from([Measure.PERCENT, Measure.ON_TOP])
shares = st.lists(st.builds(Share, measures, st.integers(0, 2_000)), max_size=4)


@given(st.integers(1, 10**9), st.integers(1, 10**9), shares)
def test_parts_add_up(total: int, payable: int, among: list[Share]) -> None:
    parts = divide(payable_cents=payable, total_cents=total, shares=among)
    assert sum(part.cents for part in parts) == payable
    assert all(part.cents > 0 for part in parts)


@pytest.mark.django_db
def test_a_position_of_its_own_shares_wins_over_its_service(borgo):
    position = make_position()
    service = position.service
    assert [part.cents for part in parts_of(position, amount_cents=12_000)] == [12_000]
    service.shares = [TEFA]
    assert [part.cents for part in parts_of(position, amount_cents=12_000)] == [11_429, 571]
    position.details = {"quote": [{"peso": 1}, {"peso": 1}]}
    assert [part.cents for part in parts_of(position, amount_cents=12_000)] == [6_000, 6_000]
    assert Position.objects.get(pk=position.pk).residual_cents == 12_000
