"""How somebody is reached: mobile and fixed numbers in E.164, e-mail and PEC addresses.

Read by the loads and by every form. The common shapes are recognised by a table built from the
libraries themselves, so that a file of 100,000 rows does not wait for them; the rest asks them.
"""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from paybox.kernel.problems import Refused

MAX_EMAIL = 254

_PHONE_SHAPE = re.compile(r"\+?[0-9 ./()\-–]+")
_SEPARATORS = str.maketrans("", "", " ./()-–")
_PLAIN_MOBILE = re.compile(r"(?:\+39|0039)?(3[0-9]{8,9})")
_PLAIN_EMAIL = re.compile(
    r"([A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*)@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})"
)


class ContactRefused(Refused):
    """The text is not a contact of that kind; the message says why, in Italian."""


def read_mobile(text: str) -> str:
    """Read an Italian or foreign mobile number as E.164 (``+393331234567``).

    Blanks, dots, slashes, hyphens and brackets are separators. Raises ContactRefused.
    """
    shown, digits = _digits(text, "un cellulare")
    plain = _PLAIN_MOBILE.fullmatch(digits)
    if plain and _is_italian_mobile(plain[1][:2], len(plain[1])):
        return "+39" + plain[1]
    return _read_mobile_slowly(shown, digits)


def read_landline(text: str) -> str:
    """Read a fixed number as E.164; an Italian one keeps its zero (``+39061234567``). Raises ContactRefused."""
    shown, digits = _digits(text, "un telefono fisso")
    number = _parsed(shown, digits, "un telefono fisso")
    fixed = (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )
    if phonenumbers.number_type(number) not in fixed:
        raise ContactRefused(
            f"«{shown}» è un cellulare o un numero speciale, non un telefono fisso"
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _digits(text: str, what: str) -> tuple[str, str]:
    """As it was written, and its digits alone. Raises ContactRefused."""
    shown = text.strip()
    if not _PHONE_SHAPE.fullmatch(shown):
        raise ContactRefused(
            f"«{shown}» non è {what}: scrivere solo il numero, senza lettere né note"
        )
    return shown, shown.translate(_SEPARATORS)


def _parsed(shown: str, digits: str, what: str) -> phonenumbers.PhoneNumber:
    international = "+" + digits[2:] if digits.startswith("00") else digits
    try:
        number = phonenumbers.parse(international, "IT")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ContactRefused(f"«{shown}» non è {what}: le cifre sono troppe o troppo poche")
    return number


def _read_mobile_slowly(shown: str, digits: str) -> str:
    number = _parsed(shown, digits, "un cellulare")
    mobile = phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    if phonenumbers.number_type(number) not in mobile:
        raise ContactRefused(f"«{shown}» è un telefono fisso o speciale, non un cellulare")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=1024)
def _is_italian_mobile(prefix: str, length: int) -> bool:
    """Whether every Italian number of that length and two first digits is a mobile one."""
    sample = phonenumbers.parse(f"+39{prefix}{'1' * (length - 2)}", None)
    return bool(phonenumbers.number_type(sample) == phonenumbers.PhoneNumberType.MOBILE)


def read_email(text: str) -> str:
    """Read an e-mail address, domain in lower case; no look-up is made. Raises ContactRefused."""
    return _read_address(text, "un indirizzo e-mail")


def read_pec(text: str) -> str:
    """Read a PEC address: the same rules, no registry is asked whether it is certified."""
    return _read_address(text, "un indirizzo PEC")


def _read_address(text: str, what: str) -> str:
    shown = text.strip()
    plain = _PLAIN_EMAIL.fullmatch(shown)
    if plain and len(plain[1]) <= 64 and len(shown) <= MAX_EMAIL:
        domain = _normal_domain(plain[2])
        if domain:
            return f"{plain[1]}@{domain}"
    try:
        return validate_email(shown, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        raise ContactRefused(_explain_address(shown, what)) from None


@lru_cache(maxsize=8192)
def _normal_domain(domain: str) -> str:
    try:
        return validate_email(f"a@{domain}", check_deliverability=False, strict=True).domain
    except EmailNotValidError:
        return ""


def _explain_address(shown: str, what: str) -> str:
    if shown.count("@") != 1:
        return f"«{shown}» non è {what}: serve una sola chiocciola (@)"
    if any(character.isspace() for character in shown):
        return f"«{shown}» non è {what}: contiene spazi"
    return f"«{shown}» non è {what} valido"
