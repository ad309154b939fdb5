"""Where somebody lives: one normal form for streets, CAP, provinces and countries.

Read by the loads and the forms, so that a letter arrives and two spellings of a street match.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from paybox.kernel.problems import Refused
from registry.rules.names import ascii_upper, clean_text
from registry.rules.places import COUNTRIES, FORMER_PROVINCES, PROVINCES, STREET_KINDS

_CAP = re.compile(r"[0-9]{5}")
_KIND_AND_REST = re.compile(r"([A-Za-z]+(?:\.[A-Za-z]+)?\.?)\s*(.*)", re.DOTALL)


class AddressRefused(Refused):
    """One part of an address cannot be read; the message says which and why, in Italian."""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """In its normal form; ``country`` as two letters. Empty means not known."""

    street: str
    civic: str
    cap: str
    city: str
    province: str
    country: str = "IT"


def read_address(*, street: str, civic: str, cap: str, city: str, province: str) -> PostalAddress:
    """One in Italy, as somebody wrote it; the province may be missing. Raises AddressRefused."""
    if not street.strip() or not city.strip():
        raise AddressRefused("mancano la via o il comune")
    return PostalAddress(
        street=normalise_street(street),
        civic=clean_text(civic),
        cap=read_cap(cap),
        city=clean_text(city),
        province=read_provincia(province) if province.strip() else "",
    )


def normalise_street(text: str) -> str:
    """Write the kind of street in full: ``P.ZZA Garibaldi`` → ``Piazza Garibaldi``."""
    street = clean_text(text)
    match = _KIND_AND_REST.fullmatch(street)
    if match is None:
        return street
    kind = _kind_of_street(match[1])
    return f"{kind} {match[2]}".rstrip() if kind else street


@lru_cache(maxsize=4096)
def _kind_of_street(abbreviation: str) -> str:
    return STREET_KINDS.get(abbreviation.upper(), "")


def read_cap(text: str) -> str:
    """Five digits. Raises AddressRefused."""
    cap = text.strip()
    if _CAP.fullmatch(cap):
        return cap
    hint = " (forse mancano gli zeri iniziali)" if cap.isdigit() and len(cap) < 5 else ""
    raise AddressRefused(f"«{cap}» non è un CAP: servono 5 cifre{hint}")


@lru_cache(maxsize=4096)
def read_provincia(text: str) -> str:
    """The sigla, from a sigla or a full name (``Torino`` → ``TO``). Raises AddressRefused."""
    wanted = ascii_upper(text).strip().strip("()").strip()
    if wanted in PROVINCES:
        return wanted
    sigla = FORMER_PROVINCES.get(wanted) or _SIGLA_BY_NAME.get(wanted)
    if sigla is None:
        raise AddressRefused(
            f"«{text.strip()}» non è una provincia italiana: scrivere la sigla, ad esempio TO"
        )
    return sigla


_SIGLA_BY_NAME = {ascii_upper(name): sigla for sigla, name in PROVINCES.items()}


@lru_cache(maxsize=1024)
def read_nazione(text: str) -> str:
    """The ISO 3166 code of two letters; ``Italia`` and ``ITA`` are Italy. Raises AddressRefused."""
    wanted = ascii_upper(text).strip()
    if wanted in COUNTRIES:
        return wanted
    if wanted in {"ITALIA", "ITA"}:
        return "IT"
    raise AddressRefused(
        f"«{text.strip()}» non è una nazione: scrivere il codice di due lettere, ad esempio IT"
    )
