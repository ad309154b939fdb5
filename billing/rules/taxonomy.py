"""The code that says on pagoPA what a payment is for: its shape, and whether it is one of those in use. Pure.

Source: tassonomia dei servizi di incasso: kind of body, macro-area, service, legal reason.
"""

import re
from collections.abc import Collection

from paybox.kernel.problems import Refused

REASONS = ("IM", "TS", "SP", "SA", "AP")
_BARE = re.compile(rf"[0-9]{{7}}(?:{'|'.join(REASONS)})")


class TaxonomyRefused(Refused):
    """It is no such code, or not one that is known here; the message is in Italian."""


def check_taxonomy(typed: str, *, known: Collection[str] = ()) -> str:
    """``0101101im`` or ``9/0101101IM/`` → ``9/0101101IM/``. ``known`` empty: every code of the right shape is good.

    Raises TaxonomyRefused.
    """
    code = bare(typed)
    if not _BARE.fullmatch(code):
        raise TaxonomyRefused(
            "Il codice tassonomico ha sette cifre e due lettere (IM, TS, SP, SA o AP), per esempio 9/0101101IM/"
        )
    if known and code not in {bare(one) for one in known}:
        raise TaxonomyRefused(f"Il codice tassonomico {code} non è fra quelli in uso")
    return f"9/{code}/"


def bare(code: str) -> str:
    """Without frame: what tells one code from another."""
    return code.strip().upper().removeprefix("9/").removesuffix("/")
