"""What the causale of a bank transfer names: a reporting flow (IUF), one payment (IUV), or nothing we know.

Treasurers and banks break these texts with blanks, capitals and cuts; so blanks go first, capitals last.
Source: SACI, AT-05 of the SEPA transfer: ``/PUR/LGPE-RIVERSAMENTO/[TXT/n/]URI/<IUF>``, ``/RFB/<IUV>``, ``/RFS/<RF…>``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# A cut identifier is believed when this much of it is left.
ENOUGH = 20
CRO_LENGTH = 11

_FLOW = re.compile(r"LGPE-?RIVERSAMENTO/?(?:TXT/?[0-9]/?)?URI/?([0-9A-Z_-]{1,35})")
# Without its frame: a day followed by a PSP and a dash.
_BARE_FLOW = re.compile(r"([0-9]{4}-[01][0-9]-[0-3][0-9][0-9A-Z_]{2,20}-[0-9A-Z_-]{1,20})")
_PAYMENT = re.compile(r"/?RF[BS]/((?:RF)?[0-9A-Z]{10,35})")


@dataclass(frozen=True, slots=True)
class Named:
    """``flow`` as written, capitals and no blanks, perhaps cut or with more behind it; ``iuv`` likewise."""

    flow: str = ""
    iuv: str = ""


def read_causale(causale: str) -> Named:
    """What is named in it; both empty when nothing is. Never raises."""
    text = re.sub(r"\s+", "", causale).upper()
    if found := _FLOW.search(text) or _BARE_FLOW.search(text):
        return Named(flow=found.group(1).strip("-_"))
    if single := _PAYMENT.search(text):
        return Named(iuv=single.group(1))
    return Named()


def matching_flow(named: str, known: Iterable[str]) -> str | None:
    """The one identifier that ``named`` stands for, whole or cut; None when none or more than one could be.

    ``known`` are identifiers as their PSP wrote them.
    """
    if not named:
        return None
    whole = [identifier for identifier in known if _bare(identifier) == named]
    if len(whole) == 1:
        return whole[0]
    if len(named) < ENOUGH:
        return None
    cut = [i for i in known if _bare(i).startswith(named) or _continues(named, _bare(i))]
    return cut[0] if len(cut) == 1 else None


def is_regulation(bank_reference: str, regulation: str) -> bool:
    """Whether the bank's reference is that transfer's TRN, or the 11 digits of the CRO inside it.

    Source: a TRN has 30 characters and holds the CRO.
    """
    given, whole = bank_reference.strip().upper(), regulation.strip().upper()
    if len(given) < CRO_LENGTH:
        return False
    return given == whole or (given.isdigit() and len(given) == CRO_LENGTH and given in whole)


def _continues(named: str, identifier: str) -> bool:
    """Once the blanks are gone, words that came after the identifier may stick to it."""
    return len(identifier) >= ENOUGH and named.startswith(identifier)


def _bare(identifier: str) -> str:
    return identifier.upper().strip("-_")
