"""XLSX files: cells as an official sees them, and bombs that are never laid out."""

import io
import os
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from billing.rules.load_file import COLUMNS, FileRefused, Limits, read_table
from billing.rules.load_file.xlsx_file import cell_text
from tests.loading_rules.builders import accepted, outcomes_of, problems_of, row


def workbook(*rows: dict[str, Any], start: int = 0) -> bytes:
    """An XLSX whose header is on row ``start`` (0 is the first)."""
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number, cells in enumerate([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]):
            for column, name in enumerate(COLUMNS):
                value = cells[name]
                if isinstance(value, date):
                    sheet.write_datetime(start + number, column, value, day)
                elif value != "":
                    sheet.write(start + number, column, value)
    return raw.getvalue()


def load(*rows: dict[str, Any], start: int = 0) -> list[Any]:
    return outcomes_of(workbook(*rows, start=start), "carico.xlsx")


def test_a_sheet_of_texts_reads_as_the_csv_does() -> None:
    [position] = accepted(load(row(importo="1.234,56")))
    assert (position.total_cents, position.due_on) == (123_456, date(2026, 12, 31))


def test_numbers_and_days_are_read_exactly() -> None:
    cells: dict[str, Any] = row() | {
        "riferimento": 1001, "importo": 12.5, "scadenza": date(2027, 1, 31), "anno": 2026,
        "cellulare": 3331234567, "civico": 7,
    }  # fmt: skip
    [position] = accepted(load(cells))
    assert (position.riferimento, position.total_cents) == ("1001", 1_250)
    assert (position.due_on, position.year) == (date(2027, 1, 31), 2026)
    assert (position.subject.mobile, position.subject.civico) == ("+393331234567", "7")


def test_zeros_that_a_numeric_cell_lost_come_back() -> None:
    cells: dict[str, Any] = row(tipo_soggetto="G") | {"codice_fiscale": 743110157, "cap": 184}
    [position] = accepted(load(cells))
    assert (position.subject.codice_fiscale, position.subject.cap) == ("00743110157", "00184")


def test_a_number_with_three_decimals_is_reported_not_rounded() -> None:
    outcomes = load(row() | {"importo": 12.345})
    assert problems_of(outcomes) == [(2, "importo", "bad_amount", "error")]


def test_rows_keep_the_number_the_sheet_shows() -> None:
    blank = dict.fromkeys(COLUMNS, "")
    outcomes = load(row(), blank, row(riferimento="T-2", importo="abc"), start=3)
    assert accepted(outcomes)[0].rows == (5,)
    assert problems_of(outcomes) == [(7, "importo", "bad_amount", "error")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12.5, "12,50"), (12.0, "12"), (0.1 + 0.2, "0,30"), (120.33, "120,33"), (1.005, "1,005"),
        (3331234567.0, "3331234567"), (True, "VERO"), ("x", "x"), (-5.25, "-5,25"),
        (date(2026, 1, 31), "31/01/2026"), (datetime(2026, 1, 31, tzinfo=UTC), "31/01/2026"),
        (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), "31/01/2026 09:30"),
    ],
)  # fmt: skip
def test_a_cell_is_the_text_an_official_sees(cell: Any, text: str) -> None:
    assert cell_text(cell) == text


def archive(**parts: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return raw.getvalue()


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(FileRefused, match="è un archivio ZIP"):
        read_table(archive(**{"a.txt": b"x"}), "a.xlsx")


@pytest.mark.parametrize("cut", [40, 400, 4000])
def test_a_workbook_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(FileRefused, match="rovinato"):
        read_table(workbook(row())[:cut], "a.xlsx")


@pytest.mark.parametrize("start", [60, 300, 900, 2500])
def test_a_damaged_workbook_is_refused_or_read_but_never_breaks(start: int) -> None:
    raw = bytearray(workbook(row()))
    raw[start : start + 40] = bytes(40)
    # Any other exception is a defect, and fails the test.
    with suppress(FileRefused):
        outcomes_of(bytes(raw), "a.xlsx")


def test_an_empty_sheet_is_refused() -> None:
    raw = io.BytesIO()
    xlsxwriter.Workbook(raw, {"in_memory": True}).close()
    with pytest.raises(FileRefused, match="vuoto"):
        read_table(raw.getvalue(), "a.xlsx")


def test_a_sheet_with_only_the_header_is_refused() -> None:
    with pytest.raises(FileRefused, match="nessuna riga"):
        read_table(workbook(), "a.xlsx")


def test_too_many_parts_are_refused() -> None:
    with pytest.raises(FileRefused, match="parti: troppe"):
        read_table(workbook(row()), "a.xlsx", xlsx_limits=Limits(entries=3))


def grown_sheet(content: bytes) -> bytes:
    """A good workbook whose sheet is replaced."""
    good = zipfile.ZipFile(io.BytesIO(workbook(row())))
    parts = {name: good.read(name) for name in good.namelist()}
    return archive(**parts | {"xl/worksheets/sheet1.xml": content})


def test_a_sheet_that_packs_too_well_is_refused() -> None:
    with pytest.raises(FileRefused, match="compresso più di 200 volte"):
        read_table(grown_sheet(b" " * 20_000_000), "a.xlsx")


def test_a_sheet_with_one_cell_far_away_is_refused() -> None:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(FileRefused, match=r"colonna 16\.384 e alla riga 1\.048\.576"):
        read_table(raw.getvalue(), "a.xlsx")


def test_a_part_larger_than_it_declares_is_measured_and_refused() -> None:
    raw = bytearray(grown_sheet(os.urandom(1_000) * 4_000))
    where = raw.rindex(b"PK\x01\x02", 0, raw.rindex(b"xl/worksheets/sheet1.xml"))
    raw[where + 24 : where + 28] = struct.pack("<I", 10)
    with pytest.raises(FileRefused, match="supera 2 MB"):
        read_table(bytes(raw), "a.xlsx", xlsx_limits=Limits(unpacked_bytes=2 << 20))


BOMB = """
import io, resource, sys, zipfile
raw = io.BytesIO()
with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
    packed.writestr("[Content_Types].xml", b"x")
    packed.writestr("xl/workbook.xml", b"x")
    with packed.open("xl/worksheets/sheet1.xml", "w") as part:
        for _ in range(300):
            part.write(bytes(1 << 20))
from billing.rules.load_file import FileRefused, read_table
content = bytearray(raw.getvalue())
if sys.argv[1] == "lying":
    where = content.rindex(b"PK\\x01\\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[where + 24 : where + 28] = (1000).to_bytes(4, "little")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_table(bytes(content), "bomba.xlsx")
except FileRefused as refusal:
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(len(content), grown, refusal)
"""


@pytest.mark.parametrize("kind", ["honest", "lying"])
def test_a_bomb_of_300_megabytes_is_refused_in_flat_memory(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BOMB, kind], capture_output=True, text=True, timeout=60,
        cwd=Path(__file__).parents[2], check=True,
    )  # fmt: skip
    packed, grown_kib, sentence = done.stdout.split(" ", 2)
    assert int(packed) < 400_000
    assert int(grown_kib) < 20_000
    assert "non viene letto" in sentence
