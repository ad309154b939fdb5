"""What an official reads: the sentence says what is wrong and what was expected."""

import pytest

from tests.loading_rules.builders import accepted, load, rate, refused, row


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"codice_fiscale": "RCCMNL83S18D969I"}, "è «I» ma dovrebbe essere «H»"),
        ({"codice_fiscale": "00743110158"}, "è «8» ma dovrebbe essere «7»"),
        ({"codice_fiscale": "RCCMNL83S18D969"}, "ha 15 caratteri"),
        ({"codice_fiscale": "RCCMNL83S18D9O9H"}, "il carattere 14 («O») non può stare lì"),
        ({"causale": "c" * 156}, "il testo ha 156 caratteri: il massimo è 140"),
        ({"importo": "12,345"}, "più di due decimali"),
        ({"importo": "-85,00"}, "maggiore di zero"),
        ({"scadenza": "31/02/2027"}, "«31/02/2027» non esiste nel calendario"),
        ({"cap": "184"}, "zeri iniziali"),
        ({"cellulare": "059 123456"}, "telefono fisso"),
    ],
)
def test_a_refusal_says_what_was_expected(cells: dict[str, str], expected: str) -> None:
    [refusal] = refused(load(row(**cells)))
    assert expected in refusal.problems[0].message


def test_a_duplicate_names_the_line_that_stays() -> None:
    [refusal] = refused(load(row(), row(riferimento="T-2"), row()))
    assert refusal.problems[0].message == "il riferimento «T-1» è già alla riga 2: resta la prima"


def test_rate_that_do_not_add_up_show_both_sums() -> None:
    [refusal] = refused(load(*rate("40,00", "59,99")))
    assert refusal.problems[0].message == "le rate sommano 99,99 € ma l'importo è 100,00 €"


def test_an_ambiguous_amount_echoes_its_reading() -> None:
    [position] = accepted(load(row(importo="1.234")))
    assert position.total_cents == 123_400
    assert position.warnings[0].message == "«1.234» è stato letto come 1.234,00 €"
