"""A few rows of the same fields on one page; a row with nothing in it is no row."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django import forms

Row = TypeVar("Row", bound="RowForm")
SPARE = 2
REQUIRED = "Compilare questo campo, oppure svuotare tutta la riga."


class RowForm(forms.Form):
    """``needed``: the fields of a row that is not empty; ``always``: those that say nothing by themselves."""

    needed: tuple[str, ...] = ()
    always: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for name in self.needed if self.has_words else ():
            if given.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, REQUIRED)
        return given

    @property
    def has_words(self) -> bool:
        """Whether anything was typed."""
        typed = (self[name].data for name in self.fields if name not in self.always)
        return any(str(one or "").strip() for one in typed)


def all_valid(rows: Sequence[RowForm]) -> bool:
    """Each row is asked, so that each shows what is wrong with it."""
    return not [row for row in rows if not row.is_valid()]


def row_forms(
    kind: type[Row], data: Any, *, initial: Sequence[dict[str, Any]], most: int
) -> list[Row]:
    """The rows that are kept and a few empty ones, ``most`` at most; of a POST, those that were on the page."""
    shown = min(most, len(initial) + SPARE)
    if data is not None:
        shown = max((n for n in range(1, most + 1) if f"riga{n}" in _prefixes(data)), default=0)
    padded = [*initial, *({} for _ in range(shown - len(initial)))]
    return [kind(data, prefix=f"riga{n}", initial=one) for n, one in enumerate(padded[:shown], 1)]


def _prefixes(data: Any) -> set[str]:
    return {str(name).partition("-")[0] for name in data}
