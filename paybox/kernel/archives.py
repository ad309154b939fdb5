"""ZIP archives from outside, opened and read as far as allowed, whatever sizes they declare.

``zipfile`` has many ways of saying that an archive cannot be read: here they are one.
"""

import io
import zipfile
import zlib

from paybox.kernel.problems import Refused

# NotImplementedError is how ``zipfile`` says «a compression, or a version of the format, that I do not read».
_WAYS_TO_BREAK = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError,
)  # fmt: skip
_ENCRYPTED = 1


class ArchiveRefused(Refused):
    """It is not an archive, or a part of it cannot be read."""


def open_archive(raw: bytes) -> zipfile.ZipFile:
    """Only its table of contents is read. Raises ArchiveRefused."""
    try:
        return zipfile.ZipFile(io.BytesIO(raw))
    except _WAYS_TO_BREAK:
        raise ArchiveRefused("Il file non è un archivio ZIP, o è rovinato") from None


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most_bytes: int) -> bytes:
    """Unpack one file of the archive. Raises ArchiveRefused, at the first byte above ``most_bytes``."""
    name = f"Il file «{entry.filename[:80]}» dell'archivio"
    if entry.flag_bits & _ENCRYPTED:
        raise ArchiveRefused("L'archivio è protetto da una parola chiave")
    try:
        with archive.open(entry) as file:
            content = file.read(most_bytes + 1)
    except _WAYS_TO_BREAK:
        raise ArchiveRefused(f"{name} è rovinato") from None
    if len(content) > most_bytes:
        raise ArchiveRefused(f"{name} supera {most_bytes >> 20} MB")
    return content
