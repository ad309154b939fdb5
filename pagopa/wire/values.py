"""Typed values out of schema-valid text: what XSD allows is wider than what Python reads."""

import base64
import binascii
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lxml import etree

from paybox.kernel.money import from_decimal_string

ROME = ZoneInfo("Europe/Rome")
_MIDNIGHT_AS_24 = "T24:00:00"
_CALENDAR = range(1900, 9999)  # of instants: beyond, another zone's year is one that cannot be kept


class Children:
    """The texts of an element's children, found in one walk: for a message with many of them. The first of a name counts."""

    __slots__ = ("_texts",)

    def __init__(self, parent: etree._Element) -> None:
        self._texts: dict[object, str | None] = {}
        for child in parent:
            self._texts.setdefault(child.tag, child.text)

    def findtext(self, name: str) -> str | None:
        return self._texts.get(name)


Parent = etree._Element | Children


def text_of(parent: Parent, name: str) -> str:
    """The child's text, empty when the child is absent."""
    return parent.findtext(name) or ""


def cents_of(text: str) -> int:
    """``0012.00`` → 1200: XSD lets zeros and spaces surround it. Raises AmountRefused."""
    whole, point, rest = text.strip().partition(".")
    return from_decimal_string(f"{whole.lstrip('0') or '0'}{point}{rest}")


def optional_cents(parent: Parent, name: str) -> int | None:
    text = text_of(parent, name)
    return cents_of(text) if text else None


def date_of(text: str) -> date:
    """xs:date, its optional time zone ignored: a due date is a day in Italy. Raises ValueError, in Italian."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise ValueError(f"«{text.strip()[:30]}» non è una data") from error


def optional_date(parent: Parent, name: str) -> date | None:
    text = text_of(parent, name).strip()
    return date_of(text) if text else None


def instant_of(text: str) -> datetime:
    """xs:dateTime, aware; without a zone it is Italian time. Raises ValueError, in Italian."""
    bare = text.strip()
    late = _MIDNIGHT_AS_24 in bare
    try:
        read = datetime.fromisoformat(bare.replace(_MIDNIGHT_AS_24, "T00:00:00"))
    except ValueError as error:
        raise ValueError(f"«{bare[:40]}» non è una data con l'ora") from error
    if read.year not in _CALENDAR:
        raise ValueError(f"«{bare[:40]}» è fuori dal calendario")
    aware = read if read.tzinfo else read.replace(tzinfo=ROME)
    return aware + timedelta(days=1) if late else aware


def whole_of(text: str, *, most: int) -> int:
    """A whole number from 0 to ``most``. Raises ValueError, in Italian."""
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit()) or len(bare) > len(str(most)) or int(bare) > most:
        raise ValueError(f"«{bare[:30]}» non è un numero ammesso")
    return int(bare)


def optional_instant(parent: Parent, name: str) -> datetime | None:
    return known_instant(text_of(parent, name).strip())


def known_instant(text: str) -> datetime | None:
    """None when nothing is written, or the year 1 or 9999, with which programs say that they do not know."""
    return None if not text or text.startswith(("0001-", "9999-")) else instant_of(text)


def is_true(text: str) -> bool:
    return text.strip() in {"true", "1"}


def bytes_of(text: str) -> bytes:
    """xs:base64Binary. Raises ValueError."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("base64 non leggibile") from error
