"""Rows for a spreadsheet, as CSV cells or as a workbook: Italian days and amounts, nothing that would be executed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from paybox.kernel.clock import ROME
from paybox.kernel.money import format_euro

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_WIDEST, _USUAL = 42, 16  # characters
_BORN = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's day of birth, fixed so that its bytes are

Rows = Iterable[Iterable[object]]


@dataclass(frozen=True, slots=True)
class Euro:
    """An amount, in cents, that a spreadsheet adds up."""

    cents: int


@dataclass(frozen=True, slots=True)
class Mills:
    """Thousandths of a euro: an SMS costs less than a cent more or less."""

    thousandths: int


def csv_cell(value: object) -> str:
    """One value as an Italian spreadsheet reads it; a text that looks like a formula is made a text."""
    match value:
        case None:
            return ""
        case bool():
            return "sì" if value else "no"
        case datetime():
            return value.astimezone(ROME).strftime("%d/%m/%Y %H:%M")
        case date():
            return value.strftime("%d/%m/%Y")
        case Euro(cents):
            return format_euro(cents).replace(".", "")
        case Mills(thousandths):
            return f"{thousandths // 1000},{thousandths % 1000:03d}"
        case str() if value.lstrip(" ").startswith(_FORMULA_STARTS):
            return f"'{value}"
        case _:
            return str(value)


def write_workbook(target: IO[bytes], sheets: Mapping[str, Rows]) -> None:
    """Each sheet row by row, its header first; memory does not grow with the rows, and the same rows give the same bytes."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": _BORN})
        formats: dict[type[object], Any] = {
            kind: book.add_format({"num_format": pattern})
            for kind, pattern in (
                (Euro, "#,##0.00"), (Mills, "#,##0.000"), (date, "dd/mm/yyyy"), (datetime, "dd/mm/yyyy hh:mm"),
            )
        }  # fmt: skip
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet, lines = book.add_worksheet(name), iter(rows)
            _write_header(sheet, [str(title) for title in next(lines)], bold)
            for number, row in enumerate(lines, start=1):
                for column, value in enumerate(row):
                    _write_cell(sheet, (number, column), value, formats)


def _write_header(sheet: Any, titles: list[str], bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        sheet.set_column(column, column, min(_WIDEST, max(_USUAL, len(title) + 2)))
    sheet.write_row(0, 0, titles, bold)


def _write_cell(
    sheet: Any, place: tuple[int, int], value: object, formats: dict[type[object], Any]
) -> None:
    match value:
        case None | "":
            pass
        case Euro(cents):
            sheet.write_number(*place, cents / 100, formats[Euro])
        case Mills(thousandths):
            sheet.write_number(*place, thousandths / 1000, formats[Mills])
        case bool():
            sheet.write_string(*place, csv_cell(value))
        case int():
            sheet.write_number(*place, value)
        case datetime():
            local = value.astimezone(ROME).replace(tzinfo=None)
            sheet.write_datetime(*place, local, formats[datetime])
        case date():
            sheet.write_datetime(*place, value, formats[date])
        case _:
            sheet.write_string(*place, str(value))
