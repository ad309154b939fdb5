"""Reading one cell: amounts, days, years, texts, and the notes taken on the way.

A reader returns the value or raises a Refused; ``Notes`` turns refusals into problems with their
row and column, so that a row is read to its end and an official sees all of it at once.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TypeVar

from paybox.kernel.money import Cents, is_ambiguous_amount, parse_cents
from paybox.kernel.problems import Problem, Refused, Severity
from registry.rules.names import clean_text, looks_like_formula

T = TypeVar("T")

_ITALIAN_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_YEAR = re.compile(r"[0-9]{4}")
FIRST_YEAR = 1990


class CellRefused(Refused):
    """One cell cannot be read. ``code`` names the kind of problem for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Notes:
    """The problems found in the rows of one riferimento."""

    problems: list[Problem] = field(default_factory=list)

    def add(
        self, row: int, column: str, code: str, message: str, severity: Severity = "error"
    ) -> None:
        self.problems.append(Problem(row, column, code, severity, message))

    def warn(self, row: int, column: str, code: str, message: str) -> None:
        self.add(row, column, code, message, "warning")

    def read(
        self, row: int, column: str, code: str, reader: Callable[[str], T], text: str
    ) -> T | None:
        """What ``reader`` makes of the text, or None with an error noted under ``code``."""
        try:
            return reader(text)
        except CellRefused as refusal:
            self.add(row, column, refusal.code, str(refusal))
        except Refused as refusal:
            self.add(row, column, code, str(refusal))
        return None

    @property
    def has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)


@lru_cache(maxsize=8192)
def read_amount(text: str) -> Cents:
    """A positive amount in cents. Raises CellRefused or AmountRefused."""
    if not text.strip():
        raise CellRefused("missing_value", "manca l'importo")
    cents = parse_cents(text)
    if cents <= 0:
        raise CellRefused(
            "not_positive_amount", f"«{text.strip()}»: l'importo deve essere maggiore di zero"
        )
    return cents


def warn_if_ambiguous(notes: Notes, row: int, column: str, text: str, cents: int) -> None:
    """Say how ``1.234`` was read."""
    if "." in text and is_ambiguous_amount(text):
        reading = f"{cents // 100:,}".replace(",", ".")
        notes.warn(
            row, column, "ambiguous_amount", f"«{text.strip()}» è stato letto come {reading},00 €"
        )


@lru_cache(maxsize=8192)
def read_due_day(text: str) -> date:
    """A day written ``31/01/2026``, ``31/1/26`` or ``2026-01-31``. Raises CellRefused.

    Two digits of a year are of this century.
    """
    shown = text.strip()
    if not shown:
        raise CellRefused("missing_due_date", "manca la scadenza")
    if match := _ITALIAN_DAY.fullmatch(shown):
        day, month, year = map(int, match.groups())
        year += 2000 if len(match[3]) == 2 else 0
    elif match := _ISO_DAY.fullmatch(shown):
        year, month, day = map(int, match.groups())
    else:
        raise CellRefused("bad_date", f"«{shown}» non è una data: scrivere giorno/mese/anno")
    try:
        return date(year, month, day)
    except ValueError:
        raise CellRefused("bad_date", f"«{shown}» non esiste nel calendario") from None


def refuse_far_day(day: date, today: date) -> None:
    """Raises CellRefused for a year that can only be a slip of the pen."""
    if not FIRST_YEAR <= day.year <= today.year + 30:
        raise CellRefused("bad_date", f"«{day:%d/%m}/{day.year}»: l'anno non è verosimile")


def read_year(text: str, today: date) -> int:
    """The year a credit is of, from 1990 to the next one. Raises CellRefused."""
    shown = text.strip()
    if not _YEAR.fullmatch(shown) or not FIRST_YEAR <= int(shown) <= today.year + 1:
        raise CellRefused(
            "bad_year", f"«{shown}» non è un anno tra {FIRST_YEAR} e {today.year + 1}"
        )
    return int(shown)


def read_text(text: str, longest: int) -> str:
    """One clean line, possibly empty. Raises CellRefused when a formula or too long."""
    if not text:
        return ""
    if looks_like_formula(text):
        raise CellRefused(
            "formula", f"«{text.strip()[:40]}» comincia come una formula di foglio di calcolo"
        )
    return fit(clean_text(text), longest)


def fit(text: str, longest: int) -> str:
    """The text itself. Raises CellRefused when it has more characters than pagoPA takes."""
    if len(text) > longest:
        raise CellRefused("too_long", f"il testo ha {len(text)} caratteri: il massimo è {longest}")
    return text


def require(text: str, what: str) -> str:
    """The text itself. Raises CellRefused when empty."""
    if not text:
        raise CellRefused("missing_value", f"manca {what}")
    return text
