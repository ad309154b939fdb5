"""Any CSV that an office or a provider uploads, row by row: the same care as for a file of credits, its own columns.

Before: bytes from outside.  After: whoever knows what the columns mean.
"""

from collections.abc import Iterator
from typing import NamedTuple

from billing.rules.load_file.columns import Layout, normalise_name
from billing.rules.load_file.reading import read_table
from billing.rules.load_file.refusal import FileRefused

MAX_BYTES = 20 * 1024 * 1024
SURPLUS = "ha più celle delle colonne: forse manca qualche virgoletta"


class NamedRow(NamedTuple):
    """Line in the file, the header being 1; each column of the layout with its cell, empty when the file has none.

    ``surplus``: filled cells beyond the header: nothing of the row can be trusted.
    """

    line: int
    cells: dict[str, str]
    surplus: int


def named_rows(
    raw: bytes,
    *,
    columns: tuple[str, ...],
    mandatory: tuple[str, ...],
    one_of: tuple[str, ...] = (),
) -> Iterator[NamedRow]:
    """The rows that are not blank, cells without blanks around. Raises FileRefused, at once or where it cannot go on."""
    wanted = tuple(normalise_name(name) for name in columns)
    layout = Layout(wanted, tuple(normalise_name(name) for name in mandatory))
    table = read_table(raw, "elenco.csv", max_bytes=MAX_BYTES, layout=layout)
    if one_of and not {normalise_name(name) for name in one_of} & set(table.columns):
        raise FileRefused(f"Nella prima riga serve una di queste colonne: {', '.join(one_of)}.")
    for row in table.rows():
        cells = {name: cell.strip() for name, cell in zip(columns, row.cells, strict=True)}
        yield NamedRow(row.line, cells, row.surplus)
