"""The GSM alphabet and the counting of parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunning.rules.gsm import ALPHABET, BASIC, EXTENDED, to_gsm
from dunning.rules.sms_text import SmsAlphabet, SmsTooLong, fit_sms, measure_sms

gsm_text = st.text(st.sampled_from(sorted(ALPHABET)), max_size=700)


def parts_by_greed(widths: list[int], alone: int, chained: int) -> int:
    """An independent count: build the parts one by one."""
    if sum(widths) <= alone:
        return 1
    parts: list[list[int]] = [[]]
    for width in widths:
        if sum(parts[-1]) + width > chained:
            parts.append([])
        parts[-1].append(width)
    return len(parts)


class TestAlphabet:
    def test_the_table_is_whole(self) -> None:
        assert len(BASIC) == 127  # 128 codes, one of which is the escape
        assert len(EXTENDED) == 10  # nine signs and the form feed
        assert not BASIC & EXTENDED

    @pytest.mark.parametrize("char", sorted(BASIC))
    def test_a_basic_character_costs_one(self, char: str) -> None:
        assert measure_sms(char).units == 1
        assert measure_sms(char).alphabet is SmsAlphabet.GSM_7

    @pytest.mark.parametrize("char", sorted(EXTENDED))
    def test_an_extended_character_costs_two(self, char: str) -> None:
        assert measure_sms(char).units == 2
        assert measure_sms(char).alphabet is SmsAlphabet.GSM_7

    @pytest.mark.parametrize("char", "ÀÈÌÒÙç°’“”–…\u00a0✓😀")
    def test_one_stranger_makes_it_ucs2(self, char: str) -> None:
        assert measure_sms("ciao" + char).alphabet is SmsAlphabet.UCS_2

    def test_every_character_of_unicode_can_be_brought_in(self) -> None:
        everything = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
        assert {c for char in everything for c in to_gsm(char)} <= ALPHABET - {"\r", "\f"}


class TestSanitiser:
    @pytest.mark.parametrize(
        ("given_", "plain"),
        [
            ("perché è già così", "perché è già così"),
            ("l’avviso “unico” – n° 3…", 'l\'avviso "unico" - no 3...'),
            ("CITTÀ, È DOVUTO", "CITTA', E' DOVUTO"),
            ("e\u0300 dovuto", "è dovuto"),
            ("Gonçalves Kovačić Žižek Łukasz", "Goncalves Kovacic Zizek Lukasz"),
            ("12,00\u00a0€", "12,00 €"),
            ("ok 😀\u200b\u202e!", "ok !"),
            ("riga\r\nriga\tx\x00", "riga\nriga x"),
            ("Иван", "????"),
        ],
    )
    def test_known_cases(self, given_: str, plain: str) -> None:
        assert to_gsm(given_) == plain

    @given(st.text())
    def test_the_result_is_gsm_and_stays_as_it_is(self, text: str) -> None:
        plain = to_gsm(text)
        assert measure_sms(plain).alphabet is SmsAlphabet.GSM_7
        assert to_gsm(plain) == plain

    @given(gsm_text)
    def test_what_is_already_gsm_is_untouched(self, text: str) -> None:
        kept = text.replace("\r", "").replace("\f", "")
        assert to_gsm(kept) == kept


class TestParts:
    @pytest.mark.parametrize(
        ("text", "units", "parts"),
        [
            ("", 0, 1),
            ("a" * 160, 160, 1),
            ("a" * 161, 161, 2),
            ("a" * 306, 306, 2),
            ("a" * 307, 307, 3),
            ("€" * 80, 160, 1),
            ("€" * 81, 162, 2),
            ("€" * 152, 304, 2),
            ("€" * 153, 306, 3),  # 76 a part: one unit of 153 is lost
            ("’" * 70, 70, 1),
            ("’" * 71, 71, 2),
            ("’" * 134, 134, 2),
            ("😀" * 35, 70, 1),
            ("😀" * 36, 72, 2),
            ("😀" * 67, 134, 3),  # 33 a part: no half of a picture
        ],
    )
    def test_edges(self, text: str, units: int, parts: int) -> None:
        size = measure_sms(text)
        assert (size.units, size.parts) == (units, parts)

    @given(gsm_text)
    def test_gsm_agrees_with_building_the_parts(self, text: str) -> None:
        widths = [2 if char in EXTENDED else 1 for char in text]
        assert measure_sms(text).parts == parts_by_greed(widths, 160, 153)

    @given(st.text(st.sampled_from("a’😀€"), min_size=1, max_size=300).map(lambda text: "’" + text))
    def test_ucs2_agrees_with_building_the_parts(self, text: str) -> None:
        widths = [len(char.encode("utf-16-be")) // 2 for char in text]
        assert measure_sms(text).parts == parts_by_greed(widths, 70, 67)


class TestCap:
    def test_too_long_is_refused_not_cut(self) -> None:
        assert fit_sms("a" * 459, max_parts=3) == "a" * 459
        with pytest.raises(SmsTooLong, match="occupa 4 parti: il massimo è 3"):
            fit_sms("a" * 460, max_parts=3)

    def test_the_cap_counts_what_will_be_sent(self) -> None:
        assert fit_sms("’" * 160, max_parts=1) == "'" * 160
