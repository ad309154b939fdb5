"""A file of credits as rows of cells, each with its line in the file.

Before: bytes that somebody uploaded.  After: the rows become positions in ``validate_rows``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from billing.rules.load_file.columns import Header
from paybox.kernel.problems import Problem

Cells = tuple[str, ...]


class Row(NamedTuple):
    """One record: its line in the file (the header being 1) and its cells in COLUMNS' order.

    ``surplus`` is how many filled cells stand beyond the header: the row is out of step.
    """

    line: int
    cells: Cells
    surplus: int


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read row by row, as many times as needed, without holding its rows."""

    header: Header
    records: Callable[[], Iterator[tuple[int, Sequence[str]]]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that are in the file, in COLUMNS' order."""
        pairs = zip(self.header.names, self.header.places, strict=True)
        return tuple(name for name, place in pairs if place is not None)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was odd about the header (unknown columns)."""
        return self.header.warnings

    def rows(self) -> Iterator[Row]:
        """The rows that are not blank. Raises FileRefused where the file cannot be read on."""
        width = self.header.width
        # A column that is not in the file is read from one empty cell added after the last.
        absent = width
        pick = itemgetter(*(absent if p is None else p for p in self.header.places))
        for line, cells in self.records():
            if not any(cells):
                continue
            surplus = sum(map(bool, cells[width:])) if len(cells) > width else 0
            filling = ("",) * (width + 1 - min(len(cells), width))
            yield Row(line, pick(tuple(chain(cells[:width], filling))), surplus)
