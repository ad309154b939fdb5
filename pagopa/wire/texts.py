"""Texts on their way out: shortened, cleaned and escaped so that no name can break a message.

An empty optional text is left out altogether: the schemas want at least one character.
"""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EMAIL = re.compile(r"[a-zA-Z0-9_.+\-]+@[a-zA-Z0-9\-]+(\.[a-zA-Z0-9\-]+)*")
_TWO_CAPITALS = re.compile(r"[A-Z]{2}")


def clip(text: str, length: int) -> str:
    """``text`` without the characters XML forbids, in one line, at most ``length`` long."""
    if len(text) <= length and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # almost all of them, and every answer has a score
    return " ".join(_NOT_XML.sub(" ", text).split())[:length].rstrip()


def element(name: str, text: str, length: int) -> str:
    """``<name>text</name>``, or nothing at all when nothing is left of the text."""
    kept = clip(text, length) if text else ""
    return f"<{name}>{escape(kept)}</{name}>" if kept else ""


def required(name: str, text: str, length: int, *, instead: str = "-") -> str:
    """Like ``element``, but with ``instead`` in the place of nothing: the tag is mandatory."""
    return f"<{name}>{escape(clip(text, length) or instead)}</{name}>"


def email_element(name: str, address: str) -> str:
    """The address, or nothing when the Node would not take it (accents, apostrophes)."""
    good = len(address) <= 256 and _EMAIL.fullmatch(address)
    return f"<{name}>{address}</{name}>" if good else ""


def country_element(name: str, code: str) -> str:
    return f"<{name}>{code}</{name}>" if _TWO_CAPITALS.fullmatch(code) else ""


def metadata_element(pairs: Iterable[tuple[str, str]]) -> str:
    """At most 15 pairs; one without key or value is left out."""
    entries = [
        f"<mapEntry>{element('key', key, 140)}{element('value', value, 140)}</mapEntry>"
        for key, value in pairs
        if clip(key, 140) and clip(value, 140)
    ]
    return f"<metadata>{''.join(entries[:15])}</metadata>" if entries else ""
