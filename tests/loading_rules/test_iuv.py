"""Notice numbers: the worked examples of the specification, and what people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.iuv import (
    MAX_BASE,
    NoticeNumberRefused,
    build_notice_number,
    group_by_four,
    is_valid_notice_number,
    iuv_of,
    read_notice_number,
)


@pytest.mark.parametrize(
    ("segregation", "base", "notice_number"),
    [
        ("01", 42, "301000000000004285"),
        ("02", 1, "302000000000000184"),
        ("00", 1234567890123, "300123456789012369"),
        ("00", 7157000000000, "300715700000000032"),
    ],
)
def test_the_worked_examples_come_out(segregation: str, base: int, notice_number: str) -> None:
    made = build_notice_number(segregation, base)
    assert made == (notice_number, notice_number[1:])
    assert is_valid_notice_number(notice_number)
    assert iuv_of(notice_number) == made.iuv


@pytest.mark.parametrize(
    ("notice_number", "iuv"),
    [
        ("001123456789012313", "123456789012313"),
        ("112345678901234567", "12345678901234567"),
        ("212345678901234544", "12345678901234544"),
        ("301000000000004285", "01000000000004285"),
    ],
)
def test_old_notices_are_recognised(notice_number: str, iuv: str) -> None:
    assert iuv_of(notice_number) == iuv
    assert is_valid_notice_number(notice_number)


@pytest.mark.parametrize(
    "number",
    ["301000000000004286", "311111111112222222", "302012387654312384", "347000000880099993"],
)
def test_wrong_check_digits_are_refused_when_typed_but_still_carry_their_iuv(number: str) -> None:
    assert not is_valid_notice_number(number)
    assert iuv_of(number) == number[1:]
    with pytest.raises(NoticeNumberRefused, match="una cifra non è giusta"):
        read_notice_number(number)


@given(st.integers(0, 99), st.integers(0, MAX_BASE), st.integers(1, 17), st.integers(1, 9))
def test_every_number_made_is_valid_and_one_wrong_digit_is_found(
    segregation: int, base: int, place: int, shift: int
) -> None:
    number, iuv = build_notice_number(f"{segregation:02d}", base)
    assert (len(number), len(iuv)) == (18, 17)
    assert read_notice_number(group_by_four(number)) == number
    wrong = str((int(number[place]) + shift) % 10)
    assert not is_valid_notice_number(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    ("segregation", "base"),
    [("1", 1), ("001", 1), ("ab", 1), ("٠١", 1), ("01", -1), ("01", 10**13)],
)
def test_a_base_out_of_range_is_an_error_of_ours(segregation: str, base: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        build_notice_number(segregation, base)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("3020 0000", "18 cifre: qui sono 8"), ("30200000000000018A", "ha solo cifre"),
     ("402000000000000184", "una cifra non è giusta"), ("", "qui sono 0")],
)  # fmt: skip
def test_what_is_typed_wrong_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NoticeNumberRefused, match=reason):
        read_notice_number(text)


@pytest.mark.parametrize("text", ["", "4" + "0" * 17, "3" * 17, "x" * 18])
def test_no_iuv_comes_from_what_is_no_notice_number(text: str) -> None:
    with pytest.raises(NoticeNumberRefused):
        iuv_of(text)


def test_digits_are_printed_by_four() -> None:
    assert group_by_four("302000000000000184") == "3020 0000 0000 0001 84"
