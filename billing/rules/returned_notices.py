"""A file of notices that the post brought back: one a row, with why and the day of the return.

Before: envelopes on a desk, or the list of the carrier.  After: ``services.returned_notices`` finds whose they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.rules.load_file.cells import CellRefused, read_due_day
from billing.rules.load_file.columns import Layout
from billing.rules.load_file.reading import read_table
from billing.rules.load_file.refusal import FileRefused
from paybox.kernel.problems import Problem

NUMBER, CAUSE, DAY = "numero_avviso", "causa", "data"
RETURNS = Layout((NUMBER, CAUSE, DAY), (NUMBER, CAUSE, DAY))
MAX_ROWS = 3_000  # some seconds, while a person waits
MAX_BYTES = 5 << 20


class ReturnCause(StrEnum):
    """What stands on the envelope."""

    UNKNOWN = "SCONOSCIUTO"
    MOVED = "TRASFERITO"
    NOT_FOUND = "IRREPERIBILE"
    WRONG_ADDRESS = "INDIRIZZO INESATTO"
    SHORT_ADDRESS = "INDIRIZZO INSUFFICIENTE"
    DEAD = "DECEDUTO"
    REFUSED = "RIFIUTATO"
    UNCLAIMED = "NON RITIRATO"
    OTHER = "ALTRO"

    @property
    def label(self) -> str:
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """``number`` as it was written: what it is of is not known yet."""

    line: int
    number: str
    cause: ReturnCause
    returned_on: date


def read_returns(raw: bytes, filename: str) -> Iterator[ReturnedRow | Problem]:
    """Row by row: what it says, or its first fault with the column. Raises FileRefused for the whole file."""
    table = read_table(raw, filename, max_bytes=MAX_BYTES, layout=RETURNS)
    for count, row in enumerate(table.rows(), 1):
        if count > MAX_ROWS:
            raise FileRefused("Il file ha più di 3.000 righe: dividerlo in più file.")
        yield _read_row(row.line, dict(zip(RETURNS.columns, row.cells, strict=True)))


def not_taken(line: int, column: str, words: str) -> Problem:
    """A row that is left out."""
    return Problem(line, column, "return", "error", words)


def trouble_of(
    row: ReturnedRow, posted: Sequence[date] | None, back: Mapping[date, bool], today: date
) -> Problem | None:
    """Why it cannot have come back. ``posted``: its days at the post; ``back``: its returns, True while open."""
    if not posted:
        words = "l'avviso non risulta spedito su carta: indicare prima il giorno della spedizione nella pagina del caricamento"
        return not_taken(row.line, NUMBER, words)
    if open_day := next((day for day, is_open in back.items() if is_open), None):
        words = f"risulta già tornato il {open_day:%d/%m/%Y}: lavorarlo tra gli avvisi tornati prima di registrarlo di nuovo"
        return not_taken(row.line, NUMBER, words)
    if row.returned_on > today:
        return not_taken(row.line, DAY, "il giorno è nel futuro: controllarlo")
    if row.returned_on < posted[0]:
        words = f"è prima della spedizione, che è del {posted[0]:%d/%m/%Y}: controllare il giorno"
        return not_taken(row.line, DAY, words)
    return None


def _read_row(line: int, cells: dict[str, str]) -> ReturnedRow | Problem:
    cause = " ".join(cells[CAUSE].upper().split())
    if cause not in list(ReturnCause):
        known = ", ".join(one.value.lower() for one in ReturnCause)
        return not_taken(line, CAUSE, f"scrivere una di queste: {known}")
    if not cells[DAY].strip():
        return not_taken(line, DAY, "manca il giorno in cui l'avviso è tornato")
    try:
        returned_on = read_due_day(cells[DAY])
    except CellRefused as refusal:
        return not_taken(line, DAY, str(refusal))
    return ReturnedRow(line, cells[NUMBER].strip(), ReturnCause(cause), returned_on)
