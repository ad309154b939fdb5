"""CSV files as offices save them, and those that are refused whole."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.rules.load_file import COLUMNS, FileRefused, read_table
from tests.loading_rules.builders import (
    TODAY,
    accepted,
    as_csv,
    outcomes_of,
    problems_of,
    row,
)

ACCENTED = row(denominazione="Cantù Niccolò", causale="Tributo € 2026 – «città»")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_encodings_delimiters_and_line_ends_are_found(
    encoding: str, delimiter: str, end: str
) -> None:
    raw = as_csv([ACCENTED, row(riferimento="T-2")], delimiter=delimiter, end=end).encode(encoding)
    first, second = accepted(outcomes_of(raw))
    assert first.subject.name == "Cantù Niccolò"
    assert first.causale == "Tributo € 2026 – «città»"
    assert (first.rows, second.rows) == ((2,), (3,))


def test_a_comma_file_keeps_italian_amounts_in_quotes() -> None:
    [position] = accepted(outcomes_of(as_csv([row(importo="1.234,56")], delimiter=",").encode()))
    assert position.total_cents == 123_456


def test_lines_are_counted_through_quoted_newlines() -> None:
    rows = [row(causale="TARI\r\n2026\nsaldo"), row(riferimento="T-2", importo="abc")]
    outcomes = outcomes_of(as_csv(rows).encode())
    assert accepted(outcomes)[0].causale == "TARI 2026 saldo"
    assert problems_of(outcomes) == [(5, "importo", "bad_amount", "error")]


def test_lines_are_counted_through_blank_lines() -> None:
    text = as_csv([row(), row(riferimento="T-2", importo="abc")]).replace("T-2", "\r\n\r\nT-2", 1)
    outcomes = outcomes_of(text.encode())
    assert problems_of(outcomes) == [(5, "importo", "bad_amount", "error")]


def test_separators_inside_quotes_belong_to_the_text() -> None:
    [position] = accepted(outcomes_of(as_csv([row(denominazione='Bar "Al Ponte"; vini')]).encode()))
    assert position.subject.name == 'Bar "Al Ponte"; vini'


HEADER = ";".join(COLUMNS)
LINE = as_csv([row()]).split("\r\n")[1]
REFUSED: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "a.csv", "Il file è vuoto"),
    ("only a BOM", b"\xef\xbb\xbf", "a.csv", "Il file è vuoto"),
    ("only blanks", b" \r\n\r\n", "a.csv", "Il file è vuoto"),
    ("only the header", HEADER.encode(), "a.csv", "non c'è nessuna riga"),
    ("header and blank rows", f"{HEADER}\r\n;;;\r\n\r\n".encode(), "a.csv", "nessuna riga"),
    ("no header", f"{LINE}\r\n{LINE}".encode(), "a.csv", "non contiene i nomi delle colonne"),
    ("a letter", b"Gentile Comune,\nvi scrivo", "a.txt", "non contiene i nomi"),
    ("mandatory columns missing", b"riferimento;importo\r\n1;2", "a.csv",
     "codice_fiscale, denominazione, causale, scadenza"),
    ("half of the rate columns", f"{HEADER.replace(';importo_rata', '')}\n{LINE}".encode(), "a.csv",
     "mancano le colonne: importo_rata"),
    ("column twice", f"{HEADER};importo\r\n{LINE};1".encode(), "a.csv", "ripetute: importo"),
    ("10,001 columns", ";".join(f"c{n}" for n in range(10_001)).encode(), "a.csv",
     "10.001 colonne: se ne possono leggere al massimo 200"),
    ("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a.csv", "non è quello che dice.*documento PDF"),
    ("PNG", b"\x89PNG\r\n\x1a\n\0\0", "a.csv", "non è quello che dice.*immagine PNG"),
    ("EXE", b"MZ\x90\0\3\0", "a.csv", "non è quello che dice.*un programma"),
    ("HTML", b"<!doctype html><html>", "a.csv", "non è quello che dice.*HTML"),
    ("XLSX named csv", b"PK\x03\x04rest", "a.csv", "non è quello che dice.*cartella Excel"),
    ("old Excel named xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1", "a.xlsx", "vecchio file di Office"),
    ("CSV named xlsx", f"{HEADER}\n{LINE}".encode(), "a.xlsx", "è un file di testo"),
    ("unknown ending", b"abc", "a.docx", "serve un CSV o un XLSX"),
    ("no ending", b"abc", "carico", "serve un CSV o un XLSX"),
    ("UTF-16", f"{HEADER}\n{LINE}".encode("utf-16"), "a.csv", "UTF-16"),
    ("NUL", f"{HEADER}\n{LINE}\n".encode() + b"a\0b", "a.csv", "riga 3 c'è il byte 00"),
    ("random bytes", bytes(range(256)), "a.csv", "non è un testo"),
    ("UTF-8 cut in a letter", f"{HEADER}\n{LINE} città".encode()[:-1] + b";x", "a.csv",
     "non è in UTF-8 valido: alla riga 2"),
    ("UTF-8 with a Windows letter", f"{HEADER}\n{LINE}à\n".encode() + b"citt\xe0", "a.csv",
     "non è in UTF-8 valido: alla riga 3"),
    ("BOM and a Windows letter", b"\xef\xbb\xbf" + f"{HEADER}\n{LINE}".encode() + b"\xe0 x",
     "a.csv", "non è in UTF-8 valido: alla riga 2"),
    ("bytes of no alphabet", f"{HEADER}\n{LINE}".encode() + b"\xff\xfe", "a.csv", "UTF-8 valido"),
    ("undefined in cp1252", f"{HEADER}\n{LINE}".encode() + b"\x81", "a.csv", "UTF-8 valido"),
    ("quotes never closed", f'{HEADER}\n{LINE}\n"{LINE}\n{LINE}'.encode(), "a.csv",
     "Alla riga 3 le virgolette"),
    ("text after quotes", f'{HEADER}\n{LINE}\n"Bar" Rossi;1'.encode(), "a.csv",
     "Alla riga 3 le virgolette"),
    ("a cell without end", f"{HEADER}\n{LINE}{'x' * 200_000}".encode(), "a.csv",
     "Alla riga 2 c'è una cella di oltre 131.072"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "raw", "filename", "expected"), REFUSED, ids=[case[0] for case in REFUSED]
)
def test_a_file_that_cannot_be_read_is_refused_before_any_outcome(
    name: str, raw: bytes, filename: str, expected: str
) -> None:
    with pytest.raises(FileRefused, match=f"(?s){expected}"):
        outcomes_of(raw, filename)


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(FileRefused, match="il massimo è 1 MB"):
        read_table(b"x" * 2_000_000, "a.csv", max_bytes=1 << 20)


def test_an_unclosed_quote_at_the_end_yields_nothing() -> None:
    from billing.rules.load_file import validate_rows

    raw = (as_csv([row(), row(riferimento="T-2")]) + '"T-3;').encode()
    with pytest.raises(FileRefused):
        next(validate_rows(read_table(raw, "a.csv"), today=TODAY))


letters = st.characters(
    exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"], max_codepoint=0x2FFF
)
cells = st.text(letters | st.sampled_from(';,"\n'), max_size=12)


@settings(max_examples=60)
@given(
    st.lists(st.lists(cells, min_size=20, max_size=20), min_size=1, max_size=6),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_any_cells_written_as_csv_read_back(
    rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    rows = [["x", *cells[1:]] for cells in rows]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    read = list(read_table(text.getvalue().encode(encoding), "a.csv").rows())
    assert [list(record.cells) for record in read] == rows
    lines = text.getvalue().replace("\r\n", "\n").split("\n")
    assert all(lines[record.line - 1].startswith('"x"') for record in read)


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    raw = f"{HEADER}\r\n{LINE}\r\n".encode() + noise
    # Any other exception is a defect, and fails the test.
    with suppress(FileRefused):
        assert sum(len(outcome.rows) for outcome in outcomes_of(raw)) >= 1
