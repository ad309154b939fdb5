"""Builders of files of credits: one good row, one override a test."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from billing.rules.load_file import (
    COLUMNS,
    CandidatePosition,
    RefusedRows,
    read_table,
    validate_rows,
)

TODAY = date(2026, 11, 21)

GOOD = {
    "riferimento": "T-1",
    "tipo_soggetto": "F",
    "codice_fiscale": "RCCMNL83S18D969H",
    "denominazione": "Ricci Emanuele",
    "indirizzo": "Via Roma",
    "civico": "1",
    "cap": "41099",
    "comune": "Borgo",
    "provincia": "MO",
    "nazione": "IT",
    "email": "emanuele@posta.example.org",
    "pec": "",
    "cellulare": "333 1234567",
    "causale": "TARI 2026",
    "anno": "2026",
    "importo": "100,00",
    "scadenza": "31/12/2026",
    "rata": "",
    "scadenza_rata": "",
    "importo_rata": "",
}

Outcome = CandidatePosition | RefusedRows


def row(**cells: str) -> dict[str, str]:
    """A good row with some cells changed."""
    assert cells.keys() <= GOOD.keys()
    return GOOD | cells


def rate(*amounts: str, total: str = "100,00", **cells: str) -> list[dict[str, str]]:
    """The rows of one position in as many rate."""
    return [
        row(importo=total, rata=str(number), scadenza_rata=f"{number:02d}/01/2027",
            importo_rata=amount, **cells)
        for number, amount in enumerate(amounts, start=1)
    ]  # fmt: skip


def as_csv(
    rows: Iterable[dict[str, str]],
    *,
    columns: Sequence[str] = COLUMNS,
    delimiter: str = ";",
    end: str = "\r\n",
) -> str:
    """The text of a CSV with its header."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(columns)
    writer.writerows([cells.get(column, "") for column in columns] for cells in rows)
    return text.getvalue()


def outcomes_of(raw: bytes, filename: str = "carico.csv") -> list[Outcome]:
    """What a file becomes."""
    return list(validate_rows(read_table(raw, filename), today=TODAY))


def load(*rows: dict[str, str]) -> list[Outcome]:
    """What these rows become, as a CSV."""
    return outcomes_of(as_csv(rows).encode())


def accepted(outcomes: Iterable[Outcome]) -> list[CandidatePosition]:
    return [outcome for outcome in outcomes if isinstance(outcome, CandidatePosition)]


def refused(outcomes: Iterable[Outcome]) -> list[RefusedRows]:
    return [outcome for outcome in outcomes if isinstance(outcome, RefusedRows)]


Found = tuple[int, str, str, str]


def problems_of(outcomes: Iterable[Outcome]) -> list[Found]:
    """Row, column, code and severity of every problem, in the file's order."""
    found = []
    for outcome in outcomes:
        noted = outcome.problems if isinstance(outcome, RefusedRows) else outcome.warnings
        found += [(p.row, p.column, p.code, p.severity) for p in noted]
    return sorted(found, key=lambda problem: problem[0])
