"""An XLSX file of credits: the first sheet, every cell as the text an official sees."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from billing.rules.load_file.columns import CREDITS, Layout, read_header
from billing.rules.load_file.refusal import FileRefused
from billing.rules.load_file.table import Table
from billing.rules.load_file.xlsx_guard import Limits, guard_xlsx

# Codes whose leading zeros a numeric cell has lost.
_ZERO_FILLED = {"cap": 5, "codice_fiscale": 11}


def read_xlsx(raw: bytes, *, max_columns: int, limits: Limits, layout: Layout = CREDITS) -> Table:
    """Open the first sheet of a workbook. Raises FileRefused."""
    guard_xlsx(raw, limits)
    sheet = _open_first_sheet(raw)
    rows = enumerate(sheet.iter_rows(), start=1)
    first = next(((line, cells) for line, cells in rows if any(map(cell_text, cells))), None)
    if first is None:
        raise FileRefused("Il primo foglio del file XLSX è vuoto.")
    header_line, header_cells = first
    header = read_header(_without_blank_end(header_cells), max_columns=max_columns, layout=layout)
    if not any(any(map(cell_text, cells)) for _, cells in rows):
        raise FileRefused("Il file contiene solo i nomi delle colonne: non c'è nessuna riga.")
    fills = {
        place: _ZERO_FILLED[name]
        for place, name in enumerate(map(str.strip, map(str.lower, map(cell_text, header_cells))))
        if name in _ZERO_FILLED
    }

    def records() -> Iterator[tuple[int, Sequence[str]]]:
        for line, cells in enumerate(sheet.iter_rows(), start=1):
            if line > header_line:
                yield line, _row_text(cells, fills)

    return Table(header, records)


def _open_first_sheet(raw: bytes) -> Any:
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return workbook.get_sheet_by_index(0)
    except (python_calamine.CalamineError, OSError, ValueError, IndexError):
        raise FileRefused("Il file XLSX è rovinato o incompleto e non si può aprire.") from None


def _without_blank_end(cells: Sequence[Any]) -> list[str]:
    texts = [cell_text(cell) for cell in cells]
    while texts and not texts[-1].strip():
        texts.pop()
    return texts


def _row_text(cells: Sequence[Any], fills: dict[int, int]) -> list[str]:
    texts = [cell if type(cell) is str else cell_text(cell) for cell in cells]
    for place, width in fills.items():
        if isinstance(cells[place], float | int):
            texts[place] = texts[place].zfill(width)
    return texts


def cell_text(cell: Any) -> str:
    """The cell as text: ``12.5`` → ``12,50``, a day → ``31/01/2026``, ``1001.0`` → ``1001``.

    Numbers are written to the 15 digits a spreadsheet keeps; decimals beyond two are kept, so that
    an amount with three is reported and not rounded.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "VERO" if cell else "FALSO"
    if isinstance(cell, int | float):
        return _number_text(cell)
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) != (0, 0, 0):
        return cell.strftime("%d/%m/%Y %H:%M")
    if isinstance(cell, date):
        return f"{cell.day:02d}/{cell.month:02d}/{cell.year:04d}"
    return str(cell)


def _number_text(number: float) -> str:
    if float(number).is_integer() and abs(number) < 1e15:
        return str(int(number))
    whole, point, decimals = format(number, ".15g").partition(".")
    if not point or "e" in decimals:
        return repr(number)
    return f"{whole},{decimals.ljust(2, '0')}"
