"""What leaves for a spreadsheet: Italian days and amounts, and no cell that would be executed."""

import io
from datetime import UTC, date, datetime

import pytest
from python_calamine import CalamineWorkbook

from paybox.kernel.sheets import Euro, Mills, csv_cell, write_workbook

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROW = ("=1+1", Euro(123_456), Mills(61), date(2026, 3, 2), AT, True, 7, None)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), (" @cmd", "' @cmd"), ("-5", "'-5"), ("Neri", "Neri"), (Euro(123_456), "1234,56"), (Euro(-5), "-0,05"),
        (Mills(1061), "1,061"), (date(2026, 3, 2), "02/03/2026"), (AT, "02/03/2026 10:30"), (False, "no"), (7, "7"),
        (None, ""),
    ],
)  # fmt: skip
def test_one_csv_cell(value: object, cell: str) -> None:
    assert csv_cell(value) == cell


def book(*rows: tuple[object, ...]) -> bytes:
    target = io.BytesIO()
    write_workbook(target, {"Elenco": [("a",) * len(ROW), *rows]})
    return target.getvalue()


def test_a_workbook_adds_up_and_executes_nothing() -> None:
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(book(ROW))).sheet_names
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book(ROW))).get_sheet_by_name(sheet).to_python()  # fmt: skip
    assert rows[1][:4] == ["=1+1", 1234.56, 0.061, date(2026, 3, 2)]
    assert rows[1][4:7] == [datetime(2026, 3, 2, 10, 30), "sì", 7.0]  # noqa: DTZ001 - as a sheet has it


def test_the_same_rows_are_the_same_bytes() -> None:
    assert book(ROW) == book(ROW)
    assert book(ROW) != book(("=1+2", *ROW[1:]))
