"""A list of people to write to, without any position: telephone and amount, and if known name, due date, account.

Before: a CSV that somebody uploaded.  After: a simulated wave, approved and sent like the others.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.rules.load_file.cells import (
    CellRefused,
    read_amount,
    read_due_day,
    read_text,
    refuse_far_day,
)
from billing.rules.load_file.encoding import find_encoding
from billing.rules.load_file.refusal import FileRefused
from paybox.kernel.money import AmountRefused
from registry.rules.contacts import ContactRefused, read_mobile

MAX_ROWS = 100_000
MAX_BYTES = 20 << 20
REQUIRED = ("cellulare", "importo")
_NAMES: Mapping[str, str] = {
    "cellulare": "cellulare", "telefono": "cellulare", "phone": "cellulare", "numero": "cellulare",
    "importo": "importo", "amount": "importo", "nome": "nome", "name": "nome", "denominazione": "nome",
    "scadenza": "scadenza", "due_date": "scadenza", "data": "scadenza",
    "conto": "conto", "account": "conto", "iban": "conto",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One row read. Cents; ``due_on`` None and empty texts where the list says nothing."""

    line: int
    number: str
    cents: int
    name: str = ""
    due_on: date | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that cannot be used: the line in the file, and why."""

    line: int
    words: str


def read_list(raw: bytes, *, today: date) -> Iterator[Listed | Unread]:
    """Row by row. Raises FileRefused when the file as a whole cannot be read."""
    if len(raw) > MAX_BYTES:
        raise FileRefused("Il file supera i 20 MB: dividerlo in più elenchi.")
    if not raw.strip():
        raise FileRefused("Il file è vuoto.")
    text = io.StringIO(raw.decode(find_encoding(raw)), newline="")
    first = text.readline()
    delimiter = max(";,\t", key=first.count)
    text.seek(0)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    count = 0
    try:
        columns = _columns(next(rows))
        for count, row in enumerate(_read_rows(rows, columns, today), 1):  # noqa: B007 - whether there was any
            yield row
    except csv.Error:
        raise FileRefused("Le virgolette del file non sono chiuse: non si può leggere.") from None
    if not count:
        raise FileRefused("Il file contiene solo i nomi delle colonne: non c'è nessuna riga.")


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        name = _NAMES.get(cell.strip().lower().replace(" ", "_"))
        if name in found:
            raise FileRefused(f"La colonna «{name}» è scritta due volte.")
        if name:
            found[name] = place
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise FileRefused(
            f"Manca la colonna «{missing[0]}». La prima riga deve avere i nomi delle colonne: "
            "cellulare, importo e, se ci sono, nome, scadenza, conto."
        )
    return found


def _read_rows(
    rows: Iterator[list[str]], columns: Mapping[str, int], today: date
) -> Iterator[Listed | Unread]:
    for line, cells in enumerate(rows, 2):
        if line > MAX_ROWS + 1:
            raise FileRefused("L'elenco ha più di 100.000 righe: dividerlo.")
        if any(cell.strip() for cell in cells):
            given = {n: cells[p] if p < len(cells) else "" for n, p in columns.items()}
            yield _read_row(line, given, today)


def _read_row(line: int, cells: Mapping[str, str], today: date) -> Listed | Unread:
    try:
        due_on = _due_day(cells.get("scadenza", ""), today)
        return Listed(
            line,
            read_mobile(cells["cellulare"]),
            read_amount(cells["importo"]),
            read_text(cells.get("nome", ""), 80),
            due_on,
            read_text(cells.get("conto", ""), 40),
        )
    except (CellRefused, AmountRefused, ContactRefused) as refusal:
        return Unread(line, str(refusal))


def _due_day(text: str, today: date) -> date | None:
    """None when the list says nothing. Raises CellRefused."""
    if not text.strip():
        return None
    day = read_due_day(text)
    refuse_far_day(day, today)
    return day
