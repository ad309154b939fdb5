"""A ZIP of scans as it comes from who scans them: measured while it is opened, never believed, one image in memory at a time.

Before: an upload.  After: ``services/post_scans``. Each scan is recognised by a number in its name, or by an index inside
the archive (``indice.csv``).
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from dunning.channels.post_mappers import OutcomesRefused, file_rows
from paybox.kernel.archives import ArchiveRefused, open_archive, read_entry

MEBIBYTE = 1 << 20
MAX_PACKED = 50 * MEBIBYTE
MAX_ONE = 10 * MEBIBYTE
MAX_UNPACKED = 400 * MEBIBYTE
MAX_FILES = 2_000
RATIO = 100  # scans hardly pack: what packs a hundred times is no scan
INDEX = "indice.csv"
INDEX_COLUMNS = ("file", "numero", "esito", "data", "data_avviso", "posto")
_NUMBER = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}|\d{11,24}")


@dataclass(frozen=True, slots=True)
class Scan:
    """``number``: ours or the operator's, empty when neither name nor index says it; ``told``: the index's other cells."""

    name: str
    number: str
    content: bytes
    told: dict[str, str]


def read_scans(raw: bytes) -> Iterator[Scan]:
    """One scan after the other, in the archive's order. Raises OutcomesRefused, at the first byte too many."""
    if len(raw) > MAX_PACKED:
        raise OutcomesRefused("L'archivio supera 50 MB: dividerlo in più archivi")
    try:
        yield from _scans(open_archive(raw), len(raw))
    except ArchiveRefused as refusal:
        raise OutcomesRefused(str(refusal)) from refusal


def _scans(archive: zipfile.ZipFile, packed: int) -> Iterator[Scan]:
    entries = [one for one in archive.infolist() if not one.is_dir()]
    if len(entries) > MAX_FILES:
        raise OutcomesRefused(f"L'archivio contiene più di {MAX_FILES} file: dividerlo")
    index = _index(archive, entries)
    unpacked = 0
    for entry in entries:
        name = PurePosixPath(entry.filename).name
        if name.lower() == INDEX or name.startswith("."):
            continue
        content = read_entry(archive, entry, most_bytes=MAX_ONE)
        unpacked += len(content)
        if unpacked > MAX_UNPACKED or unpacked > max(packed, MEBIBYTE) * RATIO:
            raise OutcomesRefused("L'archivio, una volta aperto, è troppo grande: non viene letto")
        told = index.get(name.lower(), {})
        yield Scan(name, told.get("numero", "") or _number(name), content, told)


def _index(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, dict[str, str]]:
    """File name → its row, when the archive has an index."""
    found = next((e for e in entries if PurePosixPath(e.filename).name.lower() == INDEX), None)
    if found is None:
        return {}
    raw = read_entry(archive, found, most_bytes=MAX_ONE)
    rows = [row for row in file_rows(raw, INDEX_COLUMNS, ("file",)) if not row.surplus]
    return {row.cells["file"].lower(): row.cells for row in rows}


def _number(name: str) -> str:
    """The longest number in a name such as ``AR_628000000011_fronte.jpg``."""
    found = _NUMBER.findall(PurePosixPath(name).stem.upper())
    return max(found, key=len, default="")
