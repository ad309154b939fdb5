"""The debtor's part of a row: who, where, and how to reach them.

Lengths are those of the Node (``ctSubject`` of paForNode): what does not fit could not be paid.
"""

from typing import Literal

from billing.rules.load_file.candidates import CandidateSubject
from billing.rules.load_file.cells import CellRefused, Notes, fit, read_text
from billing.rules.load_file.columns import POSITION_OF
from billing.rules.load_file.table import Row
from registry.rules.addresses import normalise_street, read_cap, read_nazione, read_provincia
from registry.rules.codice_fiscale import CodiceFiscale, check_codice_fiscale
from registry.rules.contacts import read_email, read_mobile, read_pec
from registry.rules.names import NameRefused, looks_like_formula, read_name, sort_key

MAX_NAME = 70
MAX_STREET = 70
MAX_CIVICO = 16
MAX_FOREIGN_CAP = 16
MAX_COMUNE = 35

_FIRST = POSITION_OF["tipo_soggetto"]
_LAST = POSITION_OF["cellulare"]
_KINDS: dict[str, Literal["F", "G"]] = {"F": "F", "G": "G"}


def read_subject(row: Row, notes: Notes) -> CandidateSubject | None:
    """The debtor of a row, or None with the errors noted."""
    errors_before = len(notes.problems)
    line = row.line
    kind, code, name, street, civico, cap, comune, provincia, nazione, email, pec, mobile = (
        row.cells[_FIRST : _LAST + 1]
    )
    fiscal = notes.read(line, "codice_fiscale", "bad_codice_fiscale", _read_code, code)
    _check_kind(line, kind, fiscal, notes)
    shown = notes.read(line, "denominazione", "empty_name", _read_name, name)
    place = _read_place(line, (street, civico, cap, comune, provincia, nazione), notes)
    reach = _read_contacts(line, email, pec, mobile, notes)
    if fiscal is None or shown is None or place is None or reach is None:
        return None
    if any(problem.severity == "error" for problem in notes.problems[errors_before:]):
        return None
    return CandidateSubject(fiscal.kind, fiscal.value, shown, sort_key(shown), *place, *reach)


def _read_code(text: str) -> CodiceFiscale:
    if not text.strip():
        raise CellRefused("missing_value", "manca il codice fiscale")
    return check_codice_fiscale(text)


def _read_name(text: str) -> str:
    try:
        return fit(read_name(text), MAX_NAME)
    except NameRefused as refusal:
        code = "formula" if text.strip() and looks_like_formula(text) else "empty_name"
        raise CellRefused(code, str(refusal)) from None


def _check_kind(line: int, text: str, fiscal: CodiceFiscale | None, notes: Notes) -> None:
    said = text.strip().upper()
    if not said:
        return
    if said not in _KINDS:
        notes.add(
            line, "tipo_soggetto", "bad_subject_kind", f"«{text.strip()}»: scrivere F (persona) o G"
        )
    elif fiscal is not None and fiscal.kind != said:
        notes.add(line, "tipo_soggetto", "subject_kind_mismatch", _explain_mismatch(fiscal))


def _explain_mismatch(fiscal: CodiceFiscale) -> str:
    if fiscal.kind == "G":
        return f"il soggetto è F (persona) ma «{fiscal.value}» è il codice di un ente o impresa"
    return f"il soggetto è G (ente o impresa) ma «{fiscal.value}» è il codice di una persona"


def _read_place(
    line: int, cells: tuple[str, str, str, str, str, str], notes: Notes
) -> tuple[str, str, str, str, str, str] | None:
    street, civico, cap, comune, provincia, nazione = cells
    if not any(cells):
        return "", "", "", "", "", "IT"
    country = notes.read(line, "nazione", "unknown_country", read_nazione, nazione or "IT")
    way = notes.read(line, "indirizzo", "bad_address", _read_street, street)
    number = notes.read(line, "civico", "bad_address", _read_civico, civico)
    town = notes.read(line, "comune", "bad_address", _read_comune, comune)
    abroad = country not in {None, "IT"}
    code = notes.read(
        line, "cap", "bad_cap", _read_foreign_cap if abroad else _read_italian_cap, cap
    )
    sigla = "" if abroad else notes.read(
        line, "provincia", "unknown_province", _read_provincia, provincia
    )  # fmt: skip
    if None in (way, number, code, town, sigla, country):
        return None
    if not (way and town and (abroad or (code and sigla))):
        notes.warn(
            line,
            "indirizzo",
            "incomplete_address",
            "indirizzo incompleto: non si potrà spedire carta",
        )
    return way or "", number or "", code or "", town or "", sigla or "", country or ""


def _read_street(text: str) -> str:
    return normalise_street(read_text(text, MAX_STREET))


def _read_civico(text: str) -> str:
    return read_text(text, MAX_CIVICO)


def _read_comune(text: str) -> str:
    return read_text(text, MAX_COMUNE)


def _read_foreign_cap(text: str) -> str:
    return read_text(text, MAX_FOREIGN_CAP)


def _read_italian_cap(text: str) -> str:
    return read_cap(text) if text.strip() else ""


def _read_provincia(text: str) -> str:
    return read_provincia(text) if text.strip() else ""


def _read_contacts(
    line: int, email: str, pec: str, mobile: str, notes: Notes
) -> tuple[str, str, str] | None:
    address = notes.read(line, "email", "bad_email", read_email, email) if email.strip() else ""
    certified = notes.read(line, "pec", "bad_pec", read_pec, pec) if pec.strip() else ""
    number = (
        notes.read(line, "cellulare", "bad_mobile", read_mobile, mobile) if mobile.strip() else ""
    )
    if address is None or certified is None or number is None:
        return None
    return address, certified, number
