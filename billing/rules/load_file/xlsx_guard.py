"""Whether an XLSX may be opened at all: what it unpacks to is measured before anything keeps it.

The reader lays a sheet out as a full grid and inflates whole parts, so a small file can ask for
hundreds of gigabytes by size (a zip bomb) or by one cell far away. Both are refused here, in flat
memory; the sizes written in the archive are not believed (OWASP ASVS 5.0 5.2.3).
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from billing.rules.load_file.refusal import FileRefused, italian_number
from paybox.kernel.archives import ArchiveRefused, open_archive

_CHUNK = 1 << 18
_OVERLAP = 64
_MEBIBYTE = 1 << 20
_CELL_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,7})[0-9]""")
_HIGH_ROW = re.compile(rb"""\br\s*=\s*["'][A-Z]{0,7}([0-9]{5,})["']""")
_LOCAL_HEADER = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an XLSX may unpack to. ``ratio`` is unpacked over packed, from 1 MiB on."""

    unpacked_bytes: int = 200 * _MEBIBYTE
    ratio: int = 200
    entries: int = 1_000
    cells: int = 6_000_000


def guard_xlsx(raw: bytes, limits: Limits) -> None:
    """Raises FileRefused when the bytes are not an XLSX, or one too big to be laid out."""
    entries = _list_entries(raw, limits)
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise FileRefused("Il file non è quello che dice: è un archivio ZIP, non un file XLSX.")
    _refuse_size(sum(entry.file_size for entry in entries), len(raw), limits)
    unpacked = 0
    for entry in entries:
        grid = _Grid() if entry.filename.startswith("xl/worksheets/") else None
        for piece in _unpack(raw, entry):
            unpacked += len(piece)
            _refuse_size(unpacked, len(raw), limits)
            if grid:
                grid.see(piece)
        if grid:
            grid.refuse_larger_than(limits.cells)


def _list_entries(raw: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    try:
        entries = open_archive(raw).infolist()
    except ArchiveRefused:
        raise FileRefused("Il file XLSX è rovinato o incompleto e non si può aprire.") from None
    if len(entries) > limits.entries:
        raise FileRefused(f"Il file XLSX contiene {italian_number(len(entries))} parti: troppe.")
    return entries


def _refuse_size(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise FileRefused(
            "Il file XLSX, una volta aperto, supera "
            f"{limits.unpacked_bytes // _MEBIBYTE} MB: non viene letto."
        )
    if unpacked > _MEBIBYTE and unpacked > packed * limits.ratio:
        raise FileRefused(
            f"Il file XLSX è compresso più di {limits.ratio} volte: non è una tabella vera e non "
            "viene letto."
        )


def _unpack(raw: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The true content of one part in small pieces, as far as the stream really goes."""
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileRefused("Il file XLSX è protetto o compresso in un modo che non si può leggere.")
    head = raw[entry.header_offset : entry.header_offset + _LOCAL_HEADER]
    extra = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    start = entry.header_offset + _LOCAL_HEADER + extra
    packed = memoryview(raw)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for offset in range(0, len(packed), _CHUNK):
            yield inflater.decompress(packed[offset : offset + _CHUNK], _CHUNK)
            while inflater.unconsumed_tail:
                yield inflater.decompress(inflater.unconsumed_tail, _CHUNK)
    except zlib.error:
        raise FileRefused("Il file XLSX è rovinato o incompleto e non si può aprire.") from None


class _Grid:
    """The far corner of a sheet, from the addresses of its cells."""

    def __init__(self) -> None:
        self._tail = b""
        self._columns: set[bytes] = set()
        self._row = 9_999  # rows below this one are not worth looking at

    def see(self, piece: bytes) -> None:
        text = self._tail + piece
        self._columns.update(_CELL_COLUMN.findall(text))
        self._row = max(self._row, max(map(int, set(_HIGH_ROW.findall(text))), default=0))
        self._tail = text[-_OVERLAP:]

    def refuse_larger_than(self, cells: int) -> None:
        width = max(map(_column_number, self._columns), default=1)
        if width * self._row > cells:
            raise FileRefused(
                f"Il foglio XLSX arriva alla colonna {italian_number(width)} e alla riga "
                f"{italian_number(self._row)}: troppo grande. Togliere le celle isolate, oppure "
                "salvarlo come CSV."
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
