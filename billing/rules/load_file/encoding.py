"""Which alphabet a text file is written in: UTF-8, or the cp1252 of Italian Windows.

cp1252 would accept nearly any bytes, so it is believed only when every byte above ASCII is a
letter or sign that Italian offices write; half-broken UTF-8 is refused, never read as «CittÃ ».
"""

import codecs
import re
from typing import Literal

from billing.rules.load_file.refusal import FileRefused, italian_number

Encoding = Literal["utf-8-sig", "cp1252"]

_CHUNK = 1 << 20
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAUSIBLE = "€‚„…†‡‰Š‹ŒŽ‘’“”•–—™š›œžŸ §©ª«®°²³´·º»½ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝß" + (
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüý\u00a0"
)
_NOT_PLAUSIBLE = bytes(set(range(0x80, 0x100)) - set(_PLAUSIBLE.encode("cp1252")))
# Â and Ã begin most two-byte letters of UTF-8; as letters of cp1252 they have a letter after.
_IMPLAUSIBLE = re.compile(b"[" + re.escape(_NOT_PLAUSIBLE) + rb"]|[\xc2\xc3](?![A-Za-z])")


def find_encoding(raw: bytes) -> Encoding:
    """The encoding of the whole file, checked to its last byte. Raises FileRefused."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused("Il file è scritto in UTF-16: salvarlo come «CSV UTF-8».")
    control = _CONTROL.search(raw)
    if control:
        raise FileRefused(
            f"Il file non è un testo: alla riga {_line_of(raw, control.start())} c'è il byte "
            f"{raw[control.start()]:02X}."
        )
    broken = _first_broken_byte(raw)
    if broken is None:
        return "utf-8-sig"
    return _believe_cp1252(raw, broken)


def _believe_cp1252(raw: bytes, broken: int) -> Encoding:
    implausible = _IMPLAUSIBLE.search(raw)
    if implausible or raw.startswith(codecs.BOM_UTF8):
        raise FileRefused(
            f"Il file non è in UTF-8 valido: alla riga {_line_of(raw, broken)} c'è un carattere "
            "illeggibile. Salvarlo di nuovo come «CSV UTF-8»."
        )
    return "cp1252"


def _first_broken_byte(raw: bytes) -> int | None:
    """Where UTF-8 breaks; read in pieces so that the text is never held whole."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), _CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(raw[start : start + _CHUNK], final=start + _CHUNK >= len(raw))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _line_of(raw: bytes, offset: int) -> str:
    return italian_number(raw.count(b"\n", 0, offset) + 1)
