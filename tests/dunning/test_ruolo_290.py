"""The minuta di ruolo, place by place, against the layout in the reference library."""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from dunning.rules.ruolo_290 import (
    Article,
    Debtor,
    Minuta,
    RuoloRefused,
    split_name,
    write_290,
)

LAYOUT = "layouts/fixed-width-positions.txt"
MINUTA = Minuta("01234", "058091", date(2026, 11, 21))
PERSON = Debtor(
    "17", "RSSMRA80A01H501U", "Rossi Niccolò", False, "Via Roma", "12/B", "00010", "Borgo"
)
BODY = Debtor(
    "18", "01234567890", "Società Àgora S.r.l.", True, "Via D’Annunzio", "", "00010", "Borgo"
)
FILE = write_290(
    MINUTA,
    [
        (
            PERSON,
            [Article(2024, "0434", 12_345, "TARI 2024"), Article(2025, "0434", 1, "TARI 2025")],
        ),
        (BODY, [Article(2025, "0434", 100_000, "TARI 2025")]),
    ],
)


@pytest.fixture(scope="module")
def places() -> dict[str, dict[str, tuple[int, int]]]:
    """record → field → its first and last place."""
    root = Path(os.environ.get("PAYBOX_REFERENCE", "../shared/reference"))
    assert (root / LAYOUT).is_file(), (
        f"the reference library is not at {root}: set PAYBOX_REFERENCE"
    )
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for line in (root / LAYOUT).read_text().splitlines():
        if line.startswith("290 "):
            fields = re.findall(r"(\d+)-(\d+) (\w+)", line)
            found[line.split()[1]] = {name: (int(a), int(b)) for a, b, name in fields}
    return found


def records() -> list[str]:
    return FILE.decode("ascii").split("\r\n")[:-1]


def field(record: str, places: dict[str, dict[str, tuple[int, int]]], name: str) -> str:
    first, last = places[record[:2]][name]
    return record[first - 1 : last]


def test_every_record_is_290_characters() -> None:
    assert [r[:2] for r in records()] == ["N0", "N1", "N2", "N4", "N4", "N2", "N4", "N5", "N9"]
    assert {len(r) for r in records()} == {290}


@pytest.mark.parametrize(
    ("index", "name", "value"),
    [
        (0, "ente_cnc", "01234"),
        (0, "data_fornitura_aaaammgg", "20261121"),
        (1, "provcomune_cnc", "058091"),
        (1, "ruolo_coattivo", "1"),
        (2, "codice_partita", "17"),
        (2, "cf_piva", "RSSMRA80A01H501U"),
        (2, "res_indirizzo", "VIA ROMA"),
        (2, "res_civico", "00012"),
        (2, "res_lettera", "B"),
        (2, "res_cap", "00010"),
        (2, "res_localita", "BORGO"),
        (2, "natura_giuridica", "1"),
        (2, "cognome", "ROSSI"),
        (2, "nome", "NICCOLO"),
        (3, "anno_tributo", "2024"),
        (3, "codice_tributo", "0434"),
        (3, "imposta_cent", "0000000012345"),
        (3, "info_cartella", "TARI 2024"),
        (4, "imposta_cent", "0000000000001"),
        (5, "natura_giuridica", "2"),
        (5, "res_indirizzo", "VIA D'ANNUNZIO"),
        (7, "n_n2", "0000002"),
        (7, "n_n3", "0000000"),
        (7, "n_n4", "0000003"),
        (7, "tot_imposta_cent", "000000000112346"),
        (8, "n_n1", "0000001"),
        (8, "n_n4", "0000003"),
        (8, "n_n5", "0000001"),
        (8, "tot_record", "0000009"),
    ],
)
def test_each_field_is_in_its_place(
    places: dict[str, dict[str, tuple[int, int]]], index: int, name: str, value: str
) -> None:
    assert field(records()[index], places, name).rstrip() == value


def test_a_body_s_name_takes_all_the_places() -> None:
    assert records()[5][209:285].rstrip() == "SOCIETA AGORA S.R.L."


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("Rossi Mario", ("ROSSI", "MARIO")),
        ("De Luca Anna Maria", ("DE LUCA", "ANNA MARIA")),
        ("Solo", ("SOLO", "")),
    ],
)
def test_names_are_split(name: str, split: tuple[str, str]) -> None:
    assert split_name(name) == split


@pytest.mark.parametrize(
    ("minuta", "article"),
    [
        (Minuta("123456", "058091", MINUTA.on), Article(2025, "0434", 1, "")),
        (Minuta("AB", "058091", MINUTA.on), Article(2025, "0434", 1, "")),
        (MINUTA, Article(2025, "04345", 1, "")),
        (MINUTA, Article(2025, "0434", 10**13, "")),
    ],
)
def test_what_does_not_fit_is_refused(minuta: Minuta, article: Article) -> None:
    with pytest.raises(RuoloRefused):
        write_290(minuta, [(PERSON, [article])])
