"""The columns of a file of credits, and the reading of its first row."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.rules.load_file.refusal import FileRefused, italian_number
from paybox.kernel.problems import Problem

COLUMNS = (
    "riferimento", "tipo_soggetto", "codice_fiscale", "denominazione", "indirizzo", "civico",
    "cap", "comune", "provincia", "nazione", "email", "pec", "cellulare", "causale", "anno",
    "importo", "scadenza", "rata", "scadenza_rata", "importo_rata",
)  # fmt: skip
"""The order in which every row is handed on, whatever the order in the file."""

MANDATORY = ("riferimento", "codice_fiscale", "denominazione", "causale", "importo", "scadenza")
RATE = ("rata", "scadenza_rata", "importo_rata")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of file: all, those that must be there, those that come together or not at all."""

    columns: tuple[str, ...]
    mandatory: tuple[str, ...]
    together: tuple[str, ...] = ()


CREDITS = Layout(COLUMNS, MANDATORY, RATE)
POSITION_OF = {name: position for position, name in enumerate(COLUMNS)}
MAX_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Header:
    """Where each of ``names`` is in the file (None when absent), and what was odd about it."""

    width: int
    places: tuple[int | None, ...]
    warnings: tuple[Problem, ...]
    names: tuple[str, ...] = COLUMNS


def read_header(
    cells: Sequence[str], *, max_columns: int = MAX_COLUMNS, layout: Layout = CREDITS
) -> Header:
    """Find the columns by name; order and case do not matter. Raises FileRefused."""
    _refuse_too_many(len(cells), max_columns)
    names = [normalise_name(cell) for cell in cells]
    _refuse_no_header(names, layout)
    _refuse_repeated(names)
    _refuse_missing(names, layout)
    places = tuple(names.index(name) if name in names else None for name in layout.columns)
    return Header(len(names), places, _warn_of_unknown(names, layout), layout.columns)


def normalise_name(cell: str) -> str:
    """``Codice Fiscale`` → ``codice_fiscale``."""
    return "_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split())


def count_known(cells: Sequence[str], layout: Layout = CREDITS) -> int:
    """How many cells are names of columns of ours."""
    return sum(normalise_name(cell) in layout.columns for cell in cells)


def _refuse_too_many(count: int, limit: int) -> None:
    if count > limit:
        raise FileRefused(
            f"Il file ha {italian_number(count)} colonne: se ne possono leggere al massimo {limit}."
        )


def _refuse_no_header(names: Sequence[str], layout: Layout) -> None:
    if not count_known(names, layout):
        raise FileRefused(
            "La prima riga del file non contiene i nomi delle colonne. "
            f"Colonne obbligatorie: {', '.join(layout.mandatory)}."
        )


def _refuse_repeated(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise FileRefused(f"Nella prima riga ci sono colonne ripetute: {', '.join(repeated)}.")


def _refuse_missing(names: Sequence[str], layout: Layout) -> None:
    missing = [name for name in layout.mandatory if name not in names]
    if any(name in names for name in layout.together):
        missing += [name for name in layout.together if name not in names]
    if missing:
        raise FileRefused(f"Nella prima riga mancano le colonne: {', '.join(missing)}.")


def _warn_of_unknown(names: Sequence[str], layout: Layout) -> tuple[Problem, ...]:
    return tuple(
        Problem(1, name, "unknown_column", "warning", f"La colonna «{name}» non è letta.")
        for name in names
        if name and name not in layout.columns
    )
