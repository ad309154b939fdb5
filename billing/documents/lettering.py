"""How values are written on paper: amounts, days, grouped codes, and texts that must fit a place.

Before: data.  After: composition, receipts and letters use the same hand.
"""

import base64
from dataclasses import dataclass
from datetime import date

from paybox.kernel.money import format_euro

MAX_PRINTED = 140  # the longest text the Node itself carries (stText140)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text and the step of the type scale at which it fits: ``""``, ``tight`` or ``tiny``."""

    text: str
    size: str


def fit(text: str, roomy: int, tight: int) -> Fitted:
    """Choose the type size by length; what even the smallest cannot hold ends in an ellipsis."""
    clean = " ".join(text.split())
    clean = clean if len(clean) <= MAX_PRINTED else clean[: MAX_PRINTED - 1] + "…"
    return Fitted(clean, "" if len(clean) <= roomy else "tight" if len(clean) <= tight else "tiny")


def grouped(notice_number: str) -> str:
    """``301000000000004285`` → ``3010 0000 0000 0042 85``."""
    return " ".join(notice_number[start : start + 4] for start in range(0, len(notice_number), 4))


def euro(cents: int) -> str:
    """``123456`` → ``€ 1.234,56`` with a space that does not break."""
    return f"€\u00a0{format_euro(cents)}"


def day(on: date) -> str:
    """gg/mm/aaaa."""
    return f"{on:%d/%m/%Y}"


def png_uri(png: bytes | None) -> str:
    """A PNG as a ``data:`` address, the only image a document may hold; empty without one."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""
