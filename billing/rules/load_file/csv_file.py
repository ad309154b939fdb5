"""A CSV file of credits: encoding, delimiter, quotes, and the line each record begins on."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice

from billing.rules.load_file.columns import CREDITS, Layout, count_known, read_header
from billing.rules.load_file.encoding import Encoding, find_encoding
from billing.rules.load_file.refusal import FileRefused, italian_number
from billing.rules.load_file.table import Table

DELIMITERS = (";", ",", "\t")
MAX_HEADER = 1 << 20

Record = tuple[int, list[str]]


def read_csv(raw: bytes, *, max_columns: int, layout: Layout = CREDITS) -> Table:
    """Open a CSV; its rows are read as they are asked for. Raises FileRefused."""
    encoding = find_encoding(raw)
    delimiter = _find_delimiter(raw, encoding, layout)
    _, names = next(_read_records(raw, encoding, delimiter))
    header = read_header(names, max_columns=max_columns, layout=layout)

    def records() -> Iterator[tuple[int, Sequence[str]]]:
        return islice(_read_records(raw, encoding, delimiter), 1, None)

    _refuse_no_rows(records())
    return Table(header, records)


def _read_records(raw: bytes, encoding: Encoding, delimiter: str) -> Iterator[Record]:
    text = io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise FileRefused(_explain(error, before + 1)) from None


def _find_delimiter(raw: bytes, encoding: Encoding, layout: Layout) -> str:
    """The delimiter under which the first line holds most names of ours."""
    first = raw[:MAX_HEADER].splitlines()[0].decode(encoding, errors="replace")
    return max(DELIMITERS, key=lambda delimiter: _names_found(first, delimiter, layout))


def _names_found(line: str, delimiter: str, layout: Layout) -> tuple[int, int]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return 0, 0
    return count_known(cells, layout), len(cells)


def _refuse_no_rows(records: Iterator[tuple[int, Sequence[str]]]) -> None:
    if not any(any(cells) for _, cells in records):
        raise FileRefused("Il file contiene solo i nomi delle colonne: non c'è nessuna riga.")


def _explain(error: csv.Error, line: int) -> str:
    if "field larger" in str(error):
        what = "c'è una cella di oltre 131.072 caratteri, forse virgolette mai chiuse"
    else:
        what = "le virgolette non sono chiuse, o sono seguite da altro testo"
    return f"Alla riga {italian_number(line)} {what}: il file non si può leggere."
