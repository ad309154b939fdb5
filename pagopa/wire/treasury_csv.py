"""The CSV of provvisori that Italian treasurers export, each under column names of its own.

Source: the exports of the main treasury banks; the first name of each column is the commonest.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from billing.rules.load_file.cells import read_due_day
from billing.rules.load_file.encoding import find_encoding
from pagopa.wire.treasury_movement import (
    Movement,
    Operation,
    TreasuryFileRefused,
    positive,
    present,
    year_of,
)
from paybox.kernel.money import parse_cents
from paybox.kernel.problems import Refused

T = TypeVar("T")
# Our name, and the names that stand for it once capitals, dots and blanks are gone.
_NEEDED = {
    "ESERCIZIO": ("ESERCIZIO", "ANNO", "ANNOESERCIZIO"),
    "N.PROVV.": ("NPROVV", "NUMEROPROVVISORIO", "PROVVISORIO", "NPROVVISORIO", "NUMEROSOSPESO"),
    "DESCRIZIONE CAUSALE": ("DESCRIZIONECAUSALE", "CAUSALE", "DESCRIZIONE"),
    "IMPORTO PROVVISORIO": ("IMPORTOPROVVISORIO", "IMPORTO", "IMPORTOEURO"),
    "VALUTA ENTE": ("VALUTAENTE", "DATAVALUTA", "VALUTA", "DATAVALUTAENTE"),
}
_OPTIONAL = {
    "ANAGRAFICA CLIENTE": ("ANAGRAFICACLIENTE", "ORDINANTE", "CLIENTE", "VERSANTE"),
    "CRO": ("CRO", "TRN", "CROTRN", "ENDTOENDID"),
}


def read_csv(raw: bytes) -> list[Movement]:
    """Every row is new money. Raises TreasuryFileRefused, naming the row and the column."""
    try:
        text = raw.decode(find_encoding(raw))
    except Refused as refusal:
        raise TreasuryFileRefused(str(refusal)) from refusal
    first_line = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first_line.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return list(_movements(reader))
    except csv.Error as error:
        raise TreasuryFileRefused(
            f"Il file non è un CSV leggibile: alla riga {reader.line_num + 1} una cella non finisce, o è troppo lunga"
        ) from error


def _movements(reader: "csv.DictReader[str]") -> Iterator[Movement]:
    """Rows without anything in them, as sheets leave them at the end, are none."""
    names = [_our_name(name) for name in reader.fieldnames or []]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise TreasuryFileRefused(f"Mancano le colonne: {', '.join(missing)}")
    reader.fieldnames = names
    for row in reader:
        if any(isinstance(cell, str) and cell.strip() for cell in row.values()):
            yield _movement(reader.line_num, row)


def _our_name(header: str) -> str:
    bare = "".join(letter for letter in header.upper() if letter.isalnum())
    known = (_NEEDED | _OPTIONAL).items()
    return next((name for name, others in known if bare in others), header.strip().upper())


def _movement(number: int, row: Mapping[str, str | None]) -> Movement:
    def text(column: str) -> str:
        return (row.get(column) or "").strip()

    def cell(column: str, reader: Callable[[str], T]) -> T:
        try:
            return reader(text(column))
        except Refused as refusal:
            raise TreasuryFileRefused(f"Riga {number}, {column}: {refusal}") from refusal

    year, provvisorio = cell("ESERCIZIO", year_of), cell("N.PROVV.", present)
    value_on = cell("VALUTA ENTE", read_due_day)
    return Movement(
        operation=Operation.EXECUTED,
        reference=f"{year}/{provvisorio}",
        amount_cents=cell("IMPORTO PROVVISORIO", positive(parse_cents)),
        moved_on=value_on,
        value_on=value_on,
        causale=text("DESCRIZIONE CAUSALE"),
        payer=text("ANAGRAFICA CLIENTE"),
        bank_reference=text("CRO"),
    )
