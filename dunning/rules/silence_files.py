"""A file of addresses to be left alone: one a row, read with the same reader as a file of credits.

Before: objections kept in a sheet, or a provider's own list.  After: ``services.silence_imports`` looks at what is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from billing.rules.load_file.cells import CellRefused, read_due_day
from billing.rules.load_file.columns import Layout
from billing.rules.load_file.reading import read_table
from billing.rules.load_file.refusal import FileRefused
from dunning.rules.channels import EMAIL, PEC, SMS
from paybox.kernel.problems import Problem, Refused
from registry.rules.contacts import read_email, read_mobile

SILENCES = Layout(("recapito", "tipo", "motivo", "data"), ("recapito", "tipo"))
MAX_ROWS = 20_000
MAX_BYTES = 5 << 20
KINDS = {
    "SMS": SMS, "CELLULARE": SMS, "TELEFONO": SMS, "E-MAIL": EMAIL, "EMAIL": EMAIL, "POSTA ELETTRONICA": EMAIL,
    "PEC": PEC,
}  # fmt: skip
REASONS = ("OPPOSIZIONE", "RECLAMO", "FORNITORE", "UFFICIO")
_OLDEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class SilencedRow:
    """``address`` as we write it; ``reason`` one of REASONS; ``asked_on``: when it was asked, if the file says."""

    line: int
    channel: str
    address: str
    reason: str
    asked_on: date | None


def read_reach(channel: str, text: str) -> str:
    """A number or an address as it is kept. Raises ContactRefused."""
    return read_mobile(text) if channel == SMS else read_email(text)


def read_silences(raw: bytes, filename: str, *, today: date) -> Iterator[SilencedRow | Problem]:
    """Row by row: what it says, or its first fault with the column. Raises FileRefused for the whole file."""
    table = read_table(raw, filename, max_bytes=MAX_BYTES, layout=SILENCES)
    seen: dict[tuple[str, str], int] = {}
    for count, row in enumerate(table.rows(), 1):
        if count > MAX_ROWS:
            raise FileRefused("Il file ha più di 20.000 righe: dividerlo.")
        read = _read_row(row.line, dict(zip(SILENCES.columns, row.cells, strict=True)), today)
        if isinstance(read, SilencedRow):
            first = seen.setdefault((read.channel, read.address), read.line)
            if first != read.line:
                read = unread(read.line, "recapito", f"è già alla riga {first}")
        yield read


def unread(line: int, column: str, words: str) -> Problem:
    """A row that is not taken."""
    return Problem(line, column, "silence", "error", words)


def _read_row(line: int, cells: dict[str, str], today: date) -> SilencedRow | Problem:
    channel = KINDS.get(cells["tipo"].strip().upper())
    if channel is None:
        return unread(line, "tipo", "si scrive SMS, e-mail o PEC")
    reason = cells["motivo"].strip().upper() or "UFFICIO"
    if reason not in REASONS:
        return unread(line, "motivo", "si scrive opposizione, reclamo, fornitore o ufficio")
    column = "recapito"
    try:
        address = read_reach(channel, cells[column])
        column = "data"
        asked_on = read_due_day(cells[column]) if cells[column].strip() else None
    except (Refused, CellRefused) as refusal:
        return unread(line, column, str(refusal))
    if asked_on is not None and not _OLDEST <= asked_on <= today:
        return unread(line, column, "la data è nel futuro o troppo lontana")
    return SilencedRow(line, channel, address, reason, asked_on)
