"""What a printer gets: the letters as PDF in parts, and one row a letter in CSV and in JSON.

Before: a batch whose letters are printed.  After: whoever envelopes and posts them. Same rows and parts, same bytes.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

COLUMNS = (
    "numero", "id_invio", "prodotto", "file", "pagina_da", "pagina_a", "destinatario", "riga_2", "riga_3", "riga_4",
    "codice_a_barre",
)  # fmt: skip
_START_OF_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
INDEX_COLUMNS = (
    "numero", "id_invio", "file", "pagine", "destinatario", "codice_fiscale", "indirizzo", "email", "pec", "cellulare",
    "importo",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """Pages are counted from 1 inside ``file``; ``lines``: the window of the envelope, the name first."""

    number: int
    code: str
    product: str
    file: str
    first_page: int
    pages: int
    lines: tuple[str, ...]

    @property
    def cells(self) -> dict[str, str]:
        lines = (*self.lines, "", "", "", "")[:4]
        last = self.first_page + self.pages - 1
        barcode = self.code if self.product == "RACCOMANDATA_AR" else ""
        values = (
            self.number,
            self.code,
            self.product,
            self.file,
            self.first_page,
            last,
            *lines,
            barcode,
        )
        return dict(zip(COLUMNS, map(str, values), strict=True))  # fmt: skip


def write_printer_archive(
    target: IO[bytes], rows: Sequence[ManifestRow], parts: Mapping[str, Callable[[], bytes]], *, index: bytes = b"",
) -> None:  # fmt: skip
    """Write the ZIP, one part in memory at a time; ``index``: what a mass mailer reads instead of the manifest."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(_member(name, zipfile.ZIP_STORED), content())
        lists = {"manifest.csv": _csv(rows), "manifest.json": _json(rows)}
        for name, made in (lists | ({"indice.csv": index} if index else {})).items():
            archive.writestr(_member(name, zipfile.ZIP_DEFLATED), made)


def index_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """The index of a mass mailer, one row an addressee."""
    return _table(INDEX_COLUMNS, rows)


def _csv(rows: Sequence[ManifestRow]) -> bytes:
    return _table(COLUMNS, (tuple(row.cells.values()) for row in rows))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _json(rows: Sequence[ManifestRow]) -> bytes:
    return json.dumps([row.cells for row in rows], ensure_ascii=False, indent=1).encode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date_time=_START_OF_ZIP_TIME)
    member.compress_type, member.create_system = compression, 3
    member.external_attr = 0o644 << 16
    return member
