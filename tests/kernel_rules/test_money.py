"""Amounts as Italians write them: read exactly or refused, never rounded."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybox.kernel.money import (
    MAX_CENTS,
    AmountRefused,
    format_euro,
    from_decimal_string,
    is_ambiguous_amount,
    parse_cents,
    to_decimal_string,
)

cents = st.integers(min_value=-MAX_CENTS, max_value=MAX_CENTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,56", 123456),
        ("1234,56", 123456),
        ("1234.56", 123456),
        ("1234", 123400),
        ("1.234", 123400),
        ("12.345.678,9", 1234567890),
        ("0,5", 50),
        ("0.05", 5),
        (" € 12,30 ", 1230),
        ("12,30 €", 1230),
        ("-12,30", -1230),
        ("-0,01", -1),
        ("007,00", 700),
        ("999.999.999,99", 99_999_999_999),
    ],
)
def test_an_amount_is_read_to_the_cent(text: str, expected: int) -> None:
    assert parse_cents(text) == expected


@pytest.mark.parametrize(
    "text", ["1,234", "12,345", "0.123", "0,005", "1234.567", "1.234,567", "12.3456"]
)
def test_more_than_two_decimals_are_refused_and_said_so(text: str) -> None:
    with pytest.raises(AmountRefused, match="più di due decimali"):
        parse_cents(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1,234.56", "12.34,5", "1 234,56", "+5", "1e3", "--1", ",5", "5,", "٣", "€",
     "1.23.456", "12,3,4", "1" * 5000, "NaN", "1_000"],
)  # fmt: skip
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountRefused):
        parse_cents(text)


def test_an_amount_the_node_cannot_carry_is_refused() -> None:
    with pytest.raises(AmountRefused, match="supera il massimo"):
        parse_cents("1.000.000.000,00")


@pytest.mark.parametrize(
    ("text", "ambiguous"),
    [("1.234", True), ("999.000", True), ("€ 1.234", True), ("1.234,00", False), ("1234", False),
     ("1.234.567", False), ("12.34", False), ("0.123", False)],
)  # fmt: skip
def test_only_one_group_of_three_could_be_decimals(text: str, ambiguous: bool) -> None:
    assert is_ambiguous_amount(text) is ambiguous


@given(cents)
def test_what_is_written_for_italians_reads_back(amount: int) -> None:
    assert parse_cents(format_euro(amount)) == amount


@given(st.integers(min_value=0, max_value=MAX_CENTS))
def test_what_is_written_for_the_node_reads_back(amount: int) -> None:
    assert from_decimal_string(to_decimal_string(amount)) == amount
    assert parse_cents(to_decimal_string(amount)) == amount


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(AmountRefused):
        assert abs(parse_cents(text)) <= MAX_CENTS
