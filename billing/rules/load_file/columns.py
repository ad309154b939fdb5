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
POSITION_OF = {name: position for position, name in enumerate(COLUMNS)}
MAX_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Header:
    """Where each of COLUMNS is in the file (None when absent), and what was odd about it."""

    width: int
    places: tuple[int | None, ...]
    warnings: tuple[Problem, ...]


def read_header(cells: Sequence[str], *, max_columns: int = MAX_COLUMNS) -> Header:
    """Find the columns by name; order and case do not matter. Raises FileRefused."""
    _refuse_too_many(len(cells), max_columns)
    names = [normalise_name(cell) for cell in cells]
    _refuse_no_header(names)
    _refuse_repeated(names)
    _refuse_missing(names)
    places = tuple(names.index(name) if name in names else None for name in COLUMNS)
    return Header(len(names), places, _warn_of_unknown(names))


def normalise_name(cell: str) -> str:
    """``Codice Fiscale`` → ``codice_fiscale``."""
    return "_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split())


def count_known(cells: Sequence[str]) -> int:
    """How many cells are names of columns of ours."""
    return sum(normalise_name(cell) in POSITION_OF for cell in cells)


def _refuse_too_many(count: int, limit: int) -> None:
    if count > limit:
        raise FileRefused(
            f"Il file ha {italian_number(count)} colonne: se ne possono leggere al massimo {limit}."
        )


def _refuse_no_header(names: Sequence[str]) -> None:
    if not count_known(names):
        raise FileRefused(
            "La prima riga del file non contiene i nomi delle colonne. "
            f"Colonne obbligatorie: {', '.join(MANDATORY)}."
        )


def _refuse_repeated(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise FileRefused(f"Nella prima riga ci sono colonne ripetute: {', '.join(repeated)}.")


def _refuse_missing(names: Sequence[str]) -> None:
    missing = [name for name in MANDATORY if name not in names]
    if any(name in names for name in RATE):
        missing += [name for name in RATE if name not in names]
    if missing:
        raise FileRefused(f"Nella prima riga mancano le colonne: {', '.join(missing)}.")


def _warn_of_unknown(names: Sequence[str]) -> tuple[Problem, ...]:
    return tuple(
        Problem(1, name, "unknown_column", "warning", f"La colonna «{name}» non è letta.")
        for name in names
        if name and name not in POSITION_OF
    )
