"""The billing file: every notice of a wave as PDF plus a manifest the print house can read.

Before: renderer.  After: the file is stored, its SHA-256 noted, and the print house gets it.
Same entries, same bytes: every time stamp inside is fixed, so the hash of a repeated run repeats.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from os import PathLike
from typing import IO, Literal

from billing.documents.lettering import day
from paybox.kernel.money import format_euro

MANIFEST_NAME = "manifest.csv"
MANIFEST_COLUMNS = (
    "file",
    "pagine",
    "codice_avviso",
    "denominazione",
    "indirizzo",
    "cap",
    "comune",
    "provincia",
    "importo",
    "scadenza",
    "canale",
)

_START_OF_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One notice: its PDF under ``file_name`` and its row of the manifest."""

    file_name: str
    pdf: bytes
    pages: int
    notice_number: str
    debtor_name: str
    address: str
    cap: str
    comune: str
    provincia: str
    amount_cents: int
    due_on: date
    channel: Literal["DIGITALE", "CARTA"]


@dataclass(frozen=True, slots=True)
class ArchiveTotals:
    """What went into a billing file."""

    notices: int
    pages: int
    amount_cents: int
    digital: int
    paper: int


def write_billing_archive(
    target: str | PathLike[str] | IO[bytes], entries: Iterable[ArchiveEntry]
) -> ArchiveTotals:
    """Write the ZIP entry by entry, holding one PDF at a time; the manifest comes last.

    ``target`` is a path or a binary file open for writing; it need not be seekable.
    Raises ValueError on a file name that is not a plain name or comes twice.
    """
    seen: set[str] = set()
    manifest = io.StringIO(newline="")
    writer = csv.writer(manifest, delimiter=";", lineterminator="\r\n")
    writer.writerow(MANIFEST_COLUMNS)
    totals = ArchiveTotals(0, 0, 0, 0, 0)
    with zipfile.ZipFile(target, "w") as archive:
        for entry in entries:
            _refuse_unsafe_name(entry.file_name, seen)
            # A PDF is compressed already: storing it is ten times faster and as small.
            archive.writestr(_member(entry.file_name, zipfile.ZIP_STORED), entry.pdf)
            writer.writerow(_manifest_row(entry))
            totals = _plus(totals, entry)
        archive.writestr(
            _member(MANIFEST_NAME, zipfile.ZIP_DEFLATED), manifest.getvalue().encode("utf-8-sig")
        )
    return totals


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date_time=_START_OF_ZIP_TIME)
    member.compress_type = compression
    member.create_system = 3
    member.external_attr = 0o644 << 16
    return member


def _manifest_row(entry: ArchiveEntry) -> list[str]:
    cells = [
        entry.file_name,
        str(entry.pages),
        entry.notice_number,
        entry.debtor_name,
        entry.address,
        entry.cap,
        entry.comune,
        entry.provincia,
        format_euro(entry.amount_cents),
        day(entry.due_on),
        entry.channel,
    ]
    return [_harmless(cell) for cell in cells]


def _harmless(cell: str) -> str:
    """A spreadsheet must never take a debtor's name for a formula."""
    hidden = cell.startswith(("\t", "\r", "\n"))
    return f"'{cell}" if hidden or cell.lstrip().startswith(_FORMULA_STARTS) else cell


def _refuse_unsafe_name(name: str, seen: set[str]) -> None:
    plain = name and name not in {".", "..", MANIFEST_NAME} and not set(name) & set("/\\\0:")
    if not plain or name in seen:
        raise ValueError(f"Nome di file non valido o ripetuto nell'archivio: {name!r}")
    seen.add(name)


def _plus(totals: ArchiveTotals, entry: ArchiveEntry) -> ArchiveTotals:
    digital = entry.channel == "DIGITALE"
    return ArchiveTotals(
        notices=totals.notices + 1,
        pages=totals.pages + entry.pages,
        amount_cents=totals.amount_cents + entry.amount_cents,
        digital=totals.digital + digital,
        paper=totals.paper + (not digital),
    )
