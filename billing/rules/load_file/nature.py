"""What the bytes of an upload really are, whatever its name says (OWASP ASVS 5.0 5.2.2)."""

from typing import Literal

from billing.rules.load_file.refusal import FileRefused

Nature = Literal["csv", "xlsx"]

_ZIP = b"PK\x03\x04"
_SIGNATURES = (
    (b"%PDF", "un documento PDF"),
    (b"\x89PNG", "un'immagine PNG"),
    (b"\xff\xd8\xff", "un'immagine JPEG"),
    (b"GIF8", "un'immagine GIF"),
    (b"MZ", "un programma"),
    (b"\x7fELF", "un programma"),
    (b"\xd0\xcf\x11\xe0", "un vecchio file di Office (o un file con password)"),
    (b"\x1f\x8b", "un archivio compresso"),
    (b"7z\xbc\xaf", "un archivio compresso"),
    (b"Rar!", "un archivio compresso"),
    (b"PK\x05\x06", "un archivio ZIP vuoto"),
    (b"{\\rtf", "un documento RTF"),
    (b"<", "una pagina HTML o XML"),
)
_BY_ENDING: dict[str, Nature] = {"csv": "csv", "txt": "csv", "tsv": "csv", "xlsx": "xlsx"}
_WANTED = {"csv": "un file CSV", "xlsx": "una cartella Excel (.xlsx)"}


def check_nature(raw: bytes, filename: str) -> Nature:
    """The kind of file, when its name and its first bytes agree. Raises FileRefused."""
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileRefused("Il file è vuoto.")
    said = _said_by_name(filename)
    found = "xlsx" if raw.startswith(_ZIP) else _describe(raw)
    if found == said or (said == "csv" and not found):
        return said
    is_what = {"xlsx": "una cartella Excel o un archivio ZIP", "": "un file di testo"}.get(found)
    raise FileRefused(
        f"Il file «{filename}» non è quello che dice: non è {_WANTED[said]}, è {is_what or found}."
        + _advice(found, said)
    )


def _said_by_name(filename: str) -> Nature:
    ending = filename.rpartition(".")[2].lower()
    if ending not in _BY_ENDING:
        raise FileRefused(f"Il file «{filename}» non si può leggere: serve un CSV o un XLSX.")
    return _BY_ENDING[ending]


def _describe(raw: bytes) -> str:
    start = raw[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((what for mark, what in _SIGNATURES if start.startswith(mark)), "")


def _advice(found: str, said: Nature) -> str:
    if found == "xlsx":
        return " Se è una cartella Excel, il nome deve finire con .xlsx."
    return " Salvarlo di nuovo come XLSX." if said == "xlsx" else " Salvarlo di nuovo come CSV."
