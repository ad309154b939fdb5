"""Names and addresses: one way of writing each, and no formula among them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.addresses import (
    AddressRefused,
    normalise_street,
    read_cap,
    read_nazione,
    read_provincia,
)
from registry.rules.names import NameRefused, read_name, sort_key
from registry.rules.places import COUNTRIES, PROVINCES


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        ("Rossi Mario", "Rossi Mario", "ROSSI MARIO"),
        ("  D’Angelo   Niccolò ", "D’Angelo Niccolò", "D'ANGELO NICCOLO"),
        ("Łukasz Strauß", "Łukasz Strauß", "LUKASZ STRAUSS"),
        ("Rossi\u00a0Mario\u200b", "Rossi Mario", "ROSSI MARIO"),
        ("Ros\x07si", "Ros si", "ROS SI"),
        ("Nicolo\u0300", "Nicolò", "NICOLO"),
        ("3M S.p.A.", "3M S.p.A.", "3M S.P.A."),
    ],
)
def test_a_name_is_shown_clean_and_sorted_without_accents(text: str, name: str, key: str) -> None:
    assert read_name(text) == name
    assert sort_key(read_name(text)) == key


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_a_spreadsheet_would_run_is_refused(start: str) -> None:
    with pytest.raises(NameRefused, match="formula"):
        read_name(f"{start}Rossi")


@pytest.mark.parametrize("before", [" ", "\u00a0", "\x1b", "\u200b", "\n"])
def test_a_formula_does_not_hide_behind_what_is_cleaned_away(before: str) -> None:
    with pytest.raises(NameRefused, match="formula"):
        read_name(f"{before}=Rossi")


@pytest.mark.parametrize("text", ["", "  ", "\t", ".", "'", "\u200b"])
def test_no_name_is_refused(text: str) -> None:
    with pytest.raises(NameRefused, match="manca la denominazione"):
        read_name(text)


@given(st.text(max_size=30))
def test_a_clean_name_is_its_own_clean_name_and_never_a_formula(text: str) -> None:
    try:
        name = read_name(text)
    except NameRefused:
        return
    assert read_name(name) == name
    assert sort_key(name).isascii()
    assert sort_key(sort_key(name)) == sort_key(name)


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("V.LE dei Tigli", "Viale dei Tigli"),
        ("P.ZZA Garibaldi", "Piazza Garibaldi"),
        ("p.zza  Garibaldi", "Piazza Garibaldi"),
        ("C.so Italia", "Corso Italia"),
        ("V. Roma", "Via Roma"),
        ("LOC. Ca' Bianca", "Località Ca' Bianca"),
        ("Viale dei Tigli", "Viale dei Tigli"),
        ("Strada Provinciale 5", "Strada Provinciale 5"),
        ("25 Aprile", "25 Aprile"),
        ("", ""),
    ],
)
def test_the_kind_of_street_is_written_in_full(text: str, street: str) -> None:
    assert normalise_street(text) == street


def test_there_are_107_provinces_read_by_sigla_and_by_name() -> None:
    assert len(PROVINCES) == len(set(PROVINCES.values())) == 107
    for sigla, name in PROVINCES.items():
        assert read_provincia(f" {sigla.lower()} ") == read_provincia(name.upper()) == sigla
    assert (read_provincia("(TO)"), read_provincia("PS")) == ("TO", "PU")


@pytest.mark.parametrize("text", ["XQ", "", "Torin", "T0"])
def test_an_unknown_province_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused, match="non è una provincia"):
        read_provincia(text)


@pytest.mark.parametrize("text", ["184", "001844", "0018A", "", "٠٠١٨٤"])
def test_a_cap_has_five_digits(text: str) -> None:
    assert read_cap(" 00184 ") == "00184"
    with pytest.raises(AddressRefused, match="servono 5 cifre"):
        read_cap(text)


def test_a_country_is_read_by_its_code() -> None:
    assert {read_nazione(code.lower()) for code in COUNTRIES} == COUNTRIES
    assert read_nazione("Italia") == read_nazione("ITA") == "IT"
    with pytest.raises(AddressRefused, match="non è una nazione"):
        read_nazione("XX")
