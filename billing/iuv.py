"""The number by which a citizen pays: IUV and notice number (NAV).

Before: a block of bases reserved for the Ente.  After: notices, publication, receipts.
A call from the Node is never refused here: a wrong check digit is only looked up and not found.
Source: SACI 3.2, "Specifiche attuative dei codici identificativi di versamento" (aux digit 3).
"""

import re
from typing import NamedTuple

from paybox.kernel.problems import Refused

AUX_DIGIT = "3"
MAX_BASE = 9_999_999_999_999

_SEGREGATION = re.compile(r"[0-9]{2}")
_NOTICE_NUMBER = re.compile(r"[0-9]{18}")


class NoticeNumberRefused(Refused):
    """The text is not a notice number; the message says why, in Italian."""


class NoticeNumber(NamedTuple):
    """``notice_number`` has 18 digits, ``iuv`` 17."""

    notice_number: str
    iuv: str


def build_notice_number(segregation: str, base: int) -> NoticeNumber:
    """Make the notice number of a base (0 to 13 nines) under a segregation code of two digits.

    Raises ValueError: a base out of range is an error of ours, not of a user.
    """
    if not _SEGREGATION.fullmatch(segregation) or not 0 <= base <= MAX_BASE:
        raise ValueError(f"segregation {segregation!r} or base {base} out of range")
    body = f"{segregation}{base:013d}"
    iuv = f"{body}{int(AUX_DIGIT + body) % 93:02d}"
    return NoticeNumber(AUX_DIGIT + iuv, iuv)


def is_valid_notice_number(text: str) -> bool:
    """Whether 18 digits are a notice number with right check digits; for what people type."""
    if not _NOTICE_NUMBER.fullmatch(text):
        return False
    if text[0] == "1":
        return True  # aux 1: formats imposed by others, without check digits
    return text[0] in "023" and int(text[:16]) % 93 == int(text[16:])


def read_notice_number(text: str) -> str:
    """The 18 digits a person typed or scanned, blanks and dots taken away.

    Raises NoticeNumberRefused, with the reason.
    """
    digits = re.sub(r"[\s.\-]", "", text)
    if not re.fullmatch(r"[0-9]*", digits):
        raise NoticeNumberRefused("Il codice avviso ha solo cifre: controllare quanto scritto")
    if len(digits) != 18:
        raise NoticeNumberRefused(f"Il codice avviso ha 18 cifre: qui sono {len(digits)}")
    if not is_valid_notice_number(digits):
        raise NoticeNumberRefused("Il codice avviso contiene un errore: una cifra non è giusta")
    return digits


def iuv_of(notice_number: str) -> str:
    """The IUV inside a notice number, whatever its aux digit (0 to 3); check digits do not matter.

    Raises NoticeNumberRefused when it has not 18 digits or another aux digit.
    """
    if not _NOTICE_NUMBER.fullmatch(notice_number) or notice_number[0] not in "0123":
        raise NoticeNumberRefused(f"«{notice_number}» non è un codice avviso")
    return notice_number[3:] if notice_number[0] == "0" else notice_number[1:]


def group_by_four(digits: str) -> str:
    """``302000000000000184`` → ``3020 0000 0000 0001 84``, as it is printed."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
