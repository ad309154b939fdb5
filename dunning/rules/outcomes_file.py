"""The file in which the collector says what became of each credit handed over. Pure.

Before: bytes that somebody uploaded.  After: outcomes, or a list of what is wrong, by row and column: then nothing is taken.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.rules.load_file.cells import CellRefused, read_amount, read_due_day, read_text
from billing.rules.load_file.encoding import find_encoding
from billing.rules.load_file.refusal import FileRefused
from paybox.kernel.money import AmountRefused

COLUMNS = ("riferimento", "esito", "data", "importo", "nota")
REQUIRED = COLUMNS[:3]
MAX_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row: cents are 0 where the file says nothing."""

    line: int
    reference: str
    code: str
    on: date
    amount_cents: int
    note: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """The line in the file, the header being 1, the column, and what is wrong with it."""

    line: int
    column: str
    words: str

    def __str__(self) -> str:
        return f"Riga {self.line}, colonna «{self.column}»: {self.words}"


def read_outcomes(raw: bytes, *, codes: Sequence[str]) -> list[Outcome | BadRow]:
    """Every row. Raises FileRefused when the file as a whole cannot be read."""
    if len(raw) > MAX_BYTES:
        raise FileRefused("Il file supera i 20 MB.")
    if not raw.strip():
        raise FileRefused("Il file è vuoto.")
    text = io.StringIO(raw.decode(find_encoding(raw)), newline="")
    delimiter = max(";,\t", key=text.readline().count)
    text.seek(0)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        places = _places(next(rows))
        return list(_rows(rows, places, codes))
    except csv.Error:
        raise FileRefused("Le virgolette del file non sono chiuse: non si può leggere.") from None


def _places(header: Sequence[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in header]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise FileRefused(
            f"Manca la colonna «{missing[0]}». La prima riga deve avere: {', '.join(COLUMNS)} "
            "(le ultime due si possono omettere)."
        )
    return {name: names.index(name) for name in COLUMNS if name in names}


def _rows(
    rows: Iterator[list[str]], places: Mapping[str, int], codes: Sequence[str]
) -> Iterator[Outcome | BadRow]:
    for line, cells in enumerate(rows, 2):
        if any(cell.strip() for cell in cells):
            given = {n: cells[p].strip() if p < len(cells) else "" for n, p in places.items()}
            yield _row(line, given, codes)


def _row(line: int, cells: Mapping[str, str], codes: Sequence[str]) -> Outcome | BadRow:
    column = "riferimento"
    try:
        reference = read_text(cells[column], 60)
        column = "esito"
        code = cells[column].upper().replace(" ", "_")
        if code not in codes:
            raise CellRefused(
                "esito_ignoto",
                f"«{cells[column]}» non è un esito. Si può scrivere: {', '.join(codes)}.",
            )
        column = "data"
        on = read_due_day(cells[column])
        column = "importo"
        cents = read_amount(cells[column]) if cells.get(column) else 0
        column = "nota"
        note = read_text(cells.get(column, ""), 200)
    except (CellRefused, AmountRefused) as refusal:
        return BadRow(line, column, str(refusal))
    return Outcome(line, reference, code, on, cents, note)
