"""Rows in, positions out: gathers the rows of each riferimento and has them read.

Usually they stand together and are read as they come. Those scattered through the file are found
by a first, cheap pass and held until their last row; nothing else is kept.
"""

from collections.abc import Iterator
from datetime import date

from billing.rules.load_file.candidates import CandidatePosition, RefusedRows
from billing.rules.load_file.columns import POSITION_OF
from billing.rules.load_file.position_cells import build_position, rata_of
from billing.rules.load_file.table import Row, Table
from paybox.kernel.problems import Problem
from registry.rules.names import clean_text

Outcome = CandidatePosition | RefusedRows

_RIFERIMENTO = POSITION_OF["riferimento"]
_HEAD = slice(0, POSITION_OF["rata"])
_RATE = slice(POSITION_OF["rata"], None)


def validate_rows(table: Table, *, today: date) -> Iterator[Outcome]:
    """Read every row of the table; every row ends up in exactly one outcome.

    A position comes out when its last row has been read, so outcomes are in the file's order save
    for riferimenti scattered through it. A row that repeats a riferimento with the same rata (or
    without one) is refused as ``duplicate_reference`` and the first stays. Past due days are
    warned about, against ``today``. Raises FileRefused before the first outcome when the file
    cannot be read to its end.
    """
    last_lines = _find_scattered(table)
    for riferimento, rows in _gather(table, last_lines):
        yield from _settle(riferimento, rows, today)


def _find_scattered(table: Table) -> dict[str, int]:
    """The riferimenti whose rows do not stand together, with the line of the last one."""
    ended: set[str] = set()
    last_lines: dict[str, int] = {}
    current = None
    for row in table.rows():
        riferimento = _riferimento_of(row)
        if riferimento != current:
            if current:
                ended.add(current)
            current = riferimento
        if riferimento in ended:
            last_lines[riferimento] = row.line
    return last_lines


def _gather(table: Table, last_lines: dict[str, int]) -> Iterator[tuple[str, list[Row]]]:
    held: dict[str, list[Row]] = {}
    current = ""
    together: list[Row] = []
    for row in table.rows():
        riferimento = _riferimento_of(row)
        if together and (riferimento != current or not riferimento):
            yield current, together
            together = []
        if riferimento in last_lines:
            rows = held.setdefault(riferimento, [])
            rows.append(_share_head(rows[0], row) if rows else row)
            if row.line >= last_lines[riferimento]:
                yield riferimento, held.pop(riferimento)
        else:
            current = riferimento
            together.append(row)
    if together:
        yield current, together


def _share_head(first: Row, row: Row) -> Row:
    """The same row, holding the first one's texts where they are equal: files sorted by rata."""
    if row.cells[_HEAD] != first.cells[_HEAD]:
        return row
    return row._replace(cells=first.cells[_HEAD] + row.cells[_RATE])


def _riferimento_of(row: Row) -> str:
    return clean_text(row.cells[_RIFERIMENTO])


def _settle(riferimento: str, rows: list[Row], today: date) -> Iterator[Outcome]:
    if not riferimento:
        yield _refuse_nameless(rows[0], today)
        return
    kept, duplicates = _part_duplicates(rows)
    yield build_position(riferimento, kept, today)
    for row in duplicates:
        yield _refuse_duplicate(riferimento, row, kept[0].line)


def _part_duplicates(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    if len(rows) == 1:
        return rows, []
    kept: dict[str, Row] = {}
    duplicates: list[Row] = []
    for row in rows:
        rata = rata_of(row)
        # A row without a rata says the whole position: it stands alone or repeats it.
        if rata in kept or "" in kept or (not rata and kept):
            duplicates.append(row)
        else:
            kept[rata] = row
    return list(kept.values()), duplicates


def _refuse_nameless(row: Row, today: date) -> RefusedRows:
    missing = Problem(row.line, "riferimento", "missing_value", "error", "manca il riferimento")
    outcome = build_position("", [row], today)
    found = outcome.problems if isinstance(outcome, RefusedRows) else outcome.warnings
    return RefusedRows("", (row.line,), (missing, *found))


def _refuse_duplicate(riferimento: str, row: Row, first: int) -> RefusedRows:
    message = f"il riferimento «{riferimento[:60]}» è già alla riga {first}: resta la prima"
    problem = Problem(row.line, "riferimento", "duplicate_reference", "error", message)
    return RefusedRows(riferimento, (row.line,), (problem,))
