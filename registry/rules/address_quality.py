"""How good a postal address is, and why: said before a letter is wasted on it.

Before: an address, what the post last did with it.  After: the page of the debtor, proposals of a better one.
"""

import re
from dataclasses import dataclass

from registry.rules.places import PROVINCES


@dataclass(frozen=True, slots=True)
class AddressQuality:
    """``score`` from 0 (no letter can go there) to 100; ``reasons`` for the official, the gravest first."""

    score: int
    reasons: tuple[str, ...]

    @property
    def words(self) -> str:
        if self.score >= 80:
            return "buona"
        return "incerta" if self.score >= 40 else "insufficiente"


def address_quality(
    *, street: str, civic: str, cap: str, city: str, province: str, country: str, returned: bool
) -> AddressQuality:
    """``returned``: the last letter sent there came back and nobody has put it right since."""
    italian = country == "IT"
    faults = [
        (100, not street or not city, "mancano la via o il comune"),
        (60, returned, "l'ultima lettera è tornata indietro"),
        (50, italian and not re.fullmatch(r"\d{5}", cap), "il CAP non ha 5 cifre"),
        (20, italian and bool(province) and province not in PROVINCES, "la provincia non esiste"),
        (15, italian and not province, "manca la provincia"),
        (15, bool(street) and not civic and not _has_number(street), "manca il numero civico"),
        (10, italian and cap.endswith("00") and cap != "00000", "il CAP è quello generico della città"),
    ]  # fmt: skip
    found = sorted(((weight, words) for weight, is_so, words in faults if is_so), reverse=True)
    score = max(0, 100 - sum(weight for weight, _ in found))
    return AddressQuality(score, tuple(words for _, words in found))


def _has_number(street: str) -> bool:
    return bool(re.search(r"\d|\bs\.?n\.?c\b", street, re.IGNORECASE))
