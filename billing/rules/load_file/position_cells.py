"""The rows of one riferimento become one position, or are refused with every reason at once.

The first row says everything of the position; the next ones must say the same and add a rata.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from billing.rules.load_file.candidates import (
    CandidateInstalment,
    CandidatePosition,
    RefusedRows,
)
from billing.rules.load_file.cells import (
    CellRefused,
    Notes,
    read_amount,
    read_due_day,
    read_text,
    read_year,
    refuse_far_day,
    require,
    warn_if_ambiguous,
)
from billing.rules.load_file.columns import COLUMNS, POSITION_OF
from billing.rules.load_file.subject_cells import read_subject
from billing.rules.load_file.table import Row
from paybox.kernel.money import AmountRefused, format_euro, parse_cents

MAX_RIFERIMENTO = 60
MAX_CAUSALE = 140  # stText140 of paForNode
MAX_RATE = 99

_CAUSALE = POSITION_OF["causale"]
_ANNO = POSITION_OF["anno"]
_IMPORTO = POSITION_OF["importo"]
_SCADENZA = POSITION_OF["scadenza"]
_RATA = POSITION_OF["rata"]
_HEAD = slice(0, _RATA)
_SAID = slice(1, _RATA)  # the riferimento itself is what brought the rows together
_RATA_NUMBER = re.compile(r"[0-9]{1,3}")
_MUST_AGREE = {"tipo_soggetto", "codice_fiscale", "causale", "anno", "importo", "scadenza"}


class _Terms(NamedTuple):
    causale: str
    year: int
    total_cents: int
    due_on: date


def build_position(
    riferimento: str, rows: Sequence[Row], today: date
) -> CandidatePosition | RefusedRows:
    """Read the rows of one riferimento, in the file's order; none of them a duplicate."""
    notes = Notes()
    first = rows[0]
    _check_shape(rows, notes)
    notes.read(first.line, "riferimento", "too_long", _read_riferimento, riferimento)
    subject = read_subject(first, notes)
    terms = _read_terms(first, notes, today)
    _check_agreement(rows, notes)
    instalments = _read_instalments(rows, terms, notes, today)
    lines = tuple([row.line for row in rows])
    if subject is None or terms is None or notes.has_errors:
        return RefusedRows(riferimento, lines, tuple(notes.problems))
    return CandidatePosition(
        riferimento, subject, *terms, instalments, lines, tuple(notes.problems)
    )


def rata_of(row: Row) -> str:
    """What tells one row of a riferimento from another: the rata's number, empty for unica."""
    text = row.cells[_RATA].strip()
    return (text.lstrip("0") if _RATA_NUMBER.fullmatch(text) else text) if text else ""


def _read_riferimento(text: str) -> str:
    return read_text(text, MAX_RIFERIMENTO)


def _check_shape(rows: Sequence[Row], notes: Notes) -> None:
    for row in rows:
        if row.surplus:
            notes.add(
                row.line, "", "too_many_cells",
                "la riga ha più celle dell'intestazione: forse un testo contiene il separatore "
                "senza virgolette",
            )  # fmt: skip


def _read_terms(row: Row, notes: Notes, today: date) -> _Terms | None:
    line, cells = row.line, row.cells
    causale = notes.read(line, "causale", "missing_value", _read_causale, cells[_CAUSALE])
    cents = notes.read(line, "importo", "bad_amount", read_amount, cells[_IMPORTO])
    due_on = _read_day(line, "scadenza", cells[_SCADENZA], notes, today)
    if cents is not None:
        warn_if_ambiguous(notes, line, "importo", cells[_IMPORTO], cents)
    year = _read_year(line, cells[_ANNO], due_on, notes, today)
    if causale is None or cents is None or due_on is None or year is None:
        return None
    return _Terms(causale, year, cents, due_on)


def _read_causale(text: str) -> str:
    return require(read_text(text, MAX_CAUSALE), "la causale")


def _read_year(line: int, text: str, due_on: date | None, notes: Notes, today: date) -> int | None:
    if not text.strip():
        return due_on.year if due_on else None
    return notes.read(line, "anno", "bad_year", lambda year: read_year(year, today), text)


def _read_day(line: int, column: str, text: str, notes: Notes, today: date) -> date | None:
    day = notes.read(line, column, "bad_date", read_due_day, text)
    if day is None or (day >= today and day.year <= today.year + 30):
        return day
    try:
        refuse_far_day(day, today)
    except CellRefused as refusal:
        notes.add(line, column, refusal.code, str(refusal))
        return None
    notes.warn(line, column, "past_due_date", f"la scadenza {day:%d/%m/%Y} è già passata")
    return day


def _check_agreement(rows: Sequence[Row], notes: Notes) -> None:
    first = rows[0]
    for row in rows[1:]:
        if row.cells[_HEAD] == first.cells[_HEAD]:
            continue
        for column, here, there in zip(
            COLUMNS[_SAID], row.cells[_SAID], first.cells[_SAID], strict=True
        ):
            if here.strip() != there.strip() and not _mean_the_same(column, here, there):
                _note_disagreement(row.line, first.line, column, here, there, notes)


def _mean_the_same(column: str, here: str, there: str) -> bool:
    try:
        if column == "importo":
            return parse_cents(here) == parse_cents(there)
        if column == "scadenza":
            return read_due_day(here) == read_due_day(there)
    except (AmountRefused, CellRefused):
        return False
    return here.split() == there.split() or here.strip().upper() == there.strip().upper()


def _note_disagreement(
    line: int, first: int, column: str, here: str, there: str, notes: Notes
) -> None:
    if column == "scadenza" and not here.strip():
        notes.add(line, column, "missing_due_date", "manca la scadenza")
    elif column in _MUST_AGREE:
        notes.add(
            line, column, "rows_disagree",
            f"«{here.strip()[:60]}» non coincide con «{there.strip()[:60]}» della riga {first}, "
            "stesso riferimento",
        )  # fmt: skip
    elif here.strip():
        notes.warn(line, column, "rows_differ", f"vale quanto scritto nella riga {first}")


def _read_instalments(
    rows: Sequence[Row], terms: _Terms | None, notes: Notes, today: date
) -> tuple[CandidateInstalment, ...]:
    if len(rows) == 1 and not any(rows[0].cells[_RATA:]):
        return ()
    read = [_read_instalment(row, notes, today) for row in rows]
    instalments = sorted((rata for rata in read if rata), key=lambda rata: rata.number)
    if terms is not None and len(instalments) == len(rows):
        _check_plan(rows[0].line, instalments, terms.total_cents, notes)
    return tuple(instalments)


def _read_instalment(row: Row, notes: Notes, today: date) -> CandidateInstalment | None:
    line = row.line
    number_text, day_text, amount_text = row.cells[_RATA:]
    number = notes.read(line, "rata", "bad_instalment_number", _read_rata, number_text)
    due_on = _read_day(line, "scadenza_rata", day_text, notes, today)
    cents = notes.read(line, "importo_rata", "bad_amount", read_amount, amount_text)
    if cents is not None:
        warn_if_ambiguous(notes, line, "importo_rata", amount_text, cents)
    if number is None or due_on is None or cents is None:
        return None
    return CandidateInstalment(number, due_on, cents)


def _read_rata(text: str) -> int:
    shown = text.strip()
    if not shown:
        raise CellRefused("missing_value", "manca il numero della rata")
    if not _RATA_NUMBER.fullmatch(shown) or not 1 <= int(shown) <= MAX_RATE:
        raise CellRefused(
            "bad_instalment_number", f"«{shown}» non è il numero di una rata: da 1 a {MAX_RATE}"
        )
    return int(shown)


def _check_plan(
    line: int, instalments: list[CandidateInstalment], total_cents: int, notes: Notes
) -> None:
    numbers = {rata.number for rata in instalments}
    missing = [number for number in range(1, max(numbers)) if number not in numbers]
    if missing:
        notes.add(line, "rata", "missing_instalment", f"manca la rata {missing[0]}")
    found = sum(rata.amount_cents for rata in instalments)
    if found != total_cents:
        notes.add(
            line, "importo_rata", "instalments_do_not_add_up",
            f"le rate sommano {format_euro(found)} € ma l'importo è {format_euro(total_cents)} €",
        )  # fmt: skip
    days = [rata.due_on for rata in instalments]
    if days != sorted(days):
        notes.warn(line, "scadenza_rata", "instalment_order", "le rate non scadono in ordine")
