"""The file in which the collector says what became of each credit handed over. Pure.

Before: bytes that somebody uploaded.  After: outcomes, or a list of what is wrong, by row and column: then nothing is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.rules.load_file.cells import CellRefused, read_amount, read_due_day, read_text
from billing.rules.load_file.named_rows import SURPLUS, named_rows
from paybox.kernel.money import AmountRefused

COLUMNS = ("riferimento", "esito", "data", "importo", "nota")
REQUIRED = COLUMNS[:3]


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
        column = f", colonna «{self.column}»" if self.column else ""
        return f"Riga {self.line}{column}: {self.words}"


def read_outcomes(raw: bytes, *, codes: Sequence[str]) -> list[Outcome | BadRow]:
    """Every row. Raises FileRefused when the file as a whole cannot be read."""
    rows = named_rows(raw, columns=COLUMNS, mandatory=REQUIRED)
    return [
        BadRow(r.line, "", SURPLUS) if r.surplus else _row(r.line, r.cells, codes) for r in rows
    ]


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
