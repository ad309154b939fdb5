"""A file of signed ZERO_CARTA forms: one person a row, read with the same reader as a file of credits.

Before: the coupons collected by the offices, typed in a sheet.  After: ``services.consent_forms`` looks the people up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from billing.rules.load_file.cells import CellRefused, read_due_day
from billing.rules.load_file.columns import Layout
from billing.rules.load_file.reading import read_table
from billing.rules.load_file.refusal import FileRefused
from paybox.kernel.problems import Problem, Refused
from registry.rules.codice_fiscale import check_codice_fiscale
from registry.rules.consent import CURRENT_TEXT, TEXTS
from registry.rules.contacts import read_email, read_mobile

FORMS = Layout(
    ("codice_fiscale", "email", "cellulare", "data_firma", "testo"), ("codice_fiscale", "data_firma")
)  # fmt: skip
MAX_ROWS = 2_000
MAX_BYTES = 5 << 20


@dataclass(frozen=True, slots=True)
class SignedRow:
    """One coupon; ``email`` or ``mobile`` may be empty, not both."""

    line: int
    codice_fiscale: str
    email: str
    mobile: str
    signed_on: date
    version: str

    @property
    def contacts(self) -> list[tuple[str, str]]:
        return [(k, v) for k, v in (("EMAIL", self.email), ("MOBILE", self.mobile)) if v]


def read_forms(raw: bytes, filename: str, *, today: date) -> Iterator[SignedRow | Problem]:
    """Row by row: what it says, or its first fault with the column. Raises FileRefused for the whole file."""
    table = read_table(raw, filename, max_bytes=MAX_BYTES, layout=FORMS)
    seen: set[str] = set()
    for count, row in enumerate(table.rows(), 1):
        if count > MAX_ROWS:
            raise FileRefused("Il file ha più di 2.000 righe: dividerlo.")
        read = _read_row(row.line, dict(zip(FORMS.columns, row.cells, strict=True)), today)
        if isinstance(read, SignedRow) and read.codice_fiscale in seen:
            read = _refuse(
                row.line, "codice_fiscale", "questo codice fiscale è già in una riga precedente"
            )
        if isinstance(read, SignedRow):
            seen.add(read.codice_fiscale)
        yield read


def _read_row(line: int, cells: dict[str, str], today: date) -> SignedRow | Problem:
    column = "codice_fiscale"
    try:
        code = check_codice_fiscale(cells[column]).value
        column = "email"
        email = read_email(cells[column]) if cells[column].strip() else ""
        column = "cellulare"
        mobile = read_mobile(cells[column]) if cells[column].strip() else ""
        if not (email or mobile):
            return _refuse(line, "email", "mancano sia l'e-mail sia il cellulare")
        column = "data_firma"
        if not cells[column].strip():
            return _refuse(line, column, "manca la data della firma")
        signed_on = read_due_day(cells[column])
        if not date(2000, 1, 1) <= signed_on <= today:
            return _refuse(line, column, "la data della firma è nel futuro o troppo lontana")
        column = "testo"
        version = cells[column].strip() or CURRENT_TEXT
        if version not in TEXTS:
            return _refuse(line, column, f"«{version}» non è una sigla di testo del consenso")
    except (Refused, CellRefused) as refusal:
        return _refuse(line, column, str(refusal))
    return SignedRow(line, code, email, mobile, signed_on, version)


def _refuse(line: int, column: str, words: str) -> Problem:
    return Problem(line, column, "form", "error", words)
