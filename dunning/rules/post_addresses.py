"""Whether an address can stand in the window of an envelope, said before anything is printed.

Before: a debtor's address.  After: a letter, or an address task with these words.
"""

import re

from registry.rules.places import PROVINCES

MAX_LINES = 4  # with the name
MAX_SIGNS = 44


def address_trouble(*, street: str, cap: str, city: str, province: str, country: str) -> str:
    """Why no letter can go there, for the official; empty when one can."""
    if not street or not city:
        return "L'indirizzo non è completo: servono via e comune"
    if country == "IT" and not re.fullmatch(r"\d{5}", cap):
        return "Il CAP deve avere 5 cifre"
    if country == "IT" and province and province not in PROVINCES:
        return f"La provincia «{province}» non esiste"
    return ""


def window_lines(name: str, lines: tuple[str, ...]) -> tuple[str, ...] | None:
    """Name and address as they stand in the window, long lines turned at a blank. None when they do not fit."""
    turned = [piece for line in (name, *lines) for piece in _turned(line)]
    fits = len(turned) <= MAX_LINES and all(len(piece) <= MAX_SIGNS for piece in turned)
    return tuple(turned) if fits else None


def _turned(line: str) -> list[str]:
    if len(line) <= MAX_SIGNS:
        return [line]
    cut = line.rfind(" ", 0, MAX_SIGNS + 1)
    return [line] if cut <= 0 else [line[:cut], line[cut + 1 :]]
