"""What a file of credits becomes: positions ready to be opened, and rows refused with reasons.

Before: rows of a Table.  After: the staged load shows them, the confirmed load writes them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from paybox.kernel.problems import Problem


@dataclass(frozen=True, slots=True)
class CandidateSubject:
    """The debtor, every field normalised; an empty string means not given.

    ``kind`` F is a person, G a body. ``sort_key`` is the name in upper ASCII. ``mobile`` is E.164,
    ``nazione`` ISO 3166 alpha-2, ``provincia`` the sigla (empty abroad).
    """

    kind: Literal["F", "G"]
    codice_fiscale: str
    name: str
    sort_key: str
    street: str
    civico: str
    cap: str
    comune: str
    provincia: str
    nazione: str
    email: str
    pec: str
    mobile: str


@dataclass(frozen=True, slots=True)
class CandidateInstalment:
    """One rata: ``number`` from 1, the day it is due, its cents."""

    number: int
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class CandidatePosition:
    """One credit that can be opened. ``total_cents`` and ``due_on`` are those of the rata unica.

    ``instalments`` is empty when only the rata unica is offered, else numbered 1..n and adding up
    to ``total_cents``. ``rows`` are lines of the file, ascending.
    """

    riferimento: str
    subject: CandidateSubject
    causale: str
    year: int
    total_cents: int
    due_on: date
    instalments: tuple[CandidateInstalment, ...]
    rows: tuple[int, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Rows that become nothing, and why: at least one of ``problems`` is an error."""

    riferimento: str
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]
