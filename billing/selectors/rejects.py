"""The rows of a file that were refused, as they were written, to be corrected and loaded again."""

from collections import defaultdict
from collections.abc import Iterator

from billing.models import Load, LoadRow
from billing.rules.load_file import Row, Table, read_table
from billing.rules.load_file.columns import POSITION_OF
from paybox.kernel.models import RawMessage
from registry.rules.names import clean_text

EXTRA_COLUMNS = ("riga_del_file", "motivo")
_RIFERIMENTO = POSITION_OF["riferimento"]


def rejected_rows(load: Load) -> Iterator[list[str]]:
    """First the header (the file's own columns, then ``EXTRA_COLUMNS``), then each refused row with why."""
    raw = RawMessage.objects.values_list("body", flat=True).get(pk=load.raw_message_id)
    table = read_table(bytes(raw), load.filename)
    yield [*table.columns, *EXTRA_COLUMNS]
    by_line, by_reference = _reasons(load)
    for row in table.rows():
        if reasons := by_line.get(row.line) or by_reference.get(
            clean_text(row.cells[_RIFERIMENTO])
        ):
            yield [*_own_cells(table, row), str(row.line), "; ".join(reasons)]


def _own_cells(table: Table, row: Row) -> list[str]:
    return [row.cells[POSITION_OF[name]] for name in table.columns]


def _reasons(load: Load) -> tuple[dict[int, list[str]], dict[str, list[str]]]:
    """Refusals of one line (a repeated row, a row without riferimento), and of a whole riferimento."""
    by_line: dict[int, list[str]] = defaultdict(list)
    by_reference: dict[str, list[str]] = defaultdict(list)
    refused = load.staged.filter(state=LoadRow.State.REFUSED).order_by("pk")
    for line, reference, problems in refused.values_list("first_row", "reference", "problems"):
        alone = not reference or any(p["code"] == "duplicate_reference" for p in problems)
        told = by_line[line] if alone else by_reference[reference]
        told += [_in_words(problem) for problem in problems]
    return by_line, by_reference


def _in_words(problem: dict[str, str]) -> str:
    return f"{problem['column']}: {problem['message']}" if problem["column"] else problem["message"]
