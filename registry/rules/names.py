"""What people and bodies are called: the name as shown, the key it is sorted and matched by.

A name that a spreadsheet would run as a formula is refused on its way in (OWASP ASVS 5.0 1.2.10).
"""

import re
import unicodedata

from paybox.kernel.problems import Refused

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_NOT_DECOMPOSED = str.maketrans(
    {
        "ß": "SS", "ẞ": "SS", "Æ": "AE", "æ": "AE", "Œ": "OE", "œ": "OE", "Ø": "O", "ø": "O",
        "Ł": "L", "ł": "L", "Đ": "D", "đ": "D", "Ð": "D", "ð": "D", "Þ": "TH", "þ": "TH",
        "ı": "I", "’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-", "ʼ": "'",
    }
)  # fmt: skip


class NameRefused(Refused):
    """The text cannot be a name: empty, or a spreadsheet formula. The message is in Italian."""


def clean_text(text: str) -> str:
    """One line without control or invisible characters and without doubled or outer blanks."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    if composed.isprintable():
        return " ".join(composed.split()) if "  " in composed else composed.strip()
    return " ".join(_INVISIBLE.sub(" ", composed).split())


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet that opens this text could run it."""
    if text[:1].isalnum():
        return False
    return text.startswith(FORMULA_STARTS) or clean_text(text).startswith(FORMULA_STARTS)


def read_name(text: str) -> str:
    """The name as it is shown and printed. Raises NameRefused when empty or a formula."""
    if looks_like_formula(text) and not text.isspace():
        raise NameRefused(
            f"«{text.strip()[:40]}» comincia come una formula di foglio di calcolo e non è un nome"
        )
    name = clean_text(text)
    if not name or not any(character.isalnum() for character in name):
        raise NameRefused("manca la denominazione")
    return name


def ascii_upper(text: str) -> str:
    """Upper case without accents, only ASCII: ``Niccolò D’Asti`` → ``NICCOLO D'ASTI``."""
    if text.isascii():
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text.translate(_NOT_DECOMPOSED))
    return decomposed.encode("ascii", "ignore").decode("ascii").upper()


def sort_key(name: str) -> str:
    """The key names are sorted and matched by: upper ASCII, one blank between words."""
    return " ".join(ascii_upper(name).split())
