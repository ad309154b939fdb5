"""Who somebody is for the tax office: reading, checking and making codici fiscali.

Read by the loads, the public form and the registry's forms; fast enough for every row of a file.
Source: DM 23 December 1976 (sixteen characters), DPR 605/1973 (eleven digits), omocodia included.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from paybox.kernel.problems import Refused
from registry.rules.names import ascii_upper

Kind = Literal["F", "G"]

_OMOCODIA = "0-9LMNPQRSTUV"
_PERSONAL = re.compile(
    rf"[A-Z]{{6}}[{_OMOCODIA}]{{2}}[ABCDEHLMPRST][{_OMOCODIA}]{{2}}[A-Z][{_OMOCODIA}]{{3}}[A-Z]"
)
_NUMERIC = re.compile(r"[0-9]{11}")
_SHAPE = "LLLLLLDDMDDLDDDL"  # L letter, D digit (or its omocodia letter), M month
_MONTHS = "ABCDEHLMPRST"
_DIGITS = str.maketrans("LMNPQRSTUV", "0123456789")
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _weights(values: dict[str, int]) -> bytes:
    table = bytearray(256)
    for character, value in values.items():
        table[ord(character)] = value
    return bytes(table)


_ODD_LETTERS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10)
_ODD_VALUES = (*_ODD_LETTERS, 22, 25, 24, 23)
_ODD = _weights(
    {chr(65 + n): value for n, value in enumerate(_ODD_VALUES)}
    | {chr(48 + n): value for n, value in enumerate(_ODD_VALUES[:10])}
)
_EVEN = _weights({chr(65 + n): n for n in range(26)} | {chr(48 + n): n for n in range(10)})
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class CodiceFiscaleRefused(Refused):
    """The text is not a codice fiscale; the message says which character and why, in Italian."""


class CodiceFiscale(NamedTuple):
    """A checked code. ``kind`` is F for a person (16 characters), G for a body (11 digits)."""

    kind: Kind
    value: str


def check_codice_fiscale(text: str) -> CodiceFiscale:
    """Read a codice fiscale of sixteen characters or eleven digits; blanks and case do not count.

    The place of birth is not looked up. Raises CodiceFiscaleRefused.
    """
    code = text if text.isalnum() and text.isupper() else "".join(text.split()).upper()
    if _PERSONAL.fullmatch(code):
        return _check_personal(code)
    if _NUMERIC.fullmatch(code):
        return _check_numeric(code)
    raise CodiceFiscaleRefused(_explain_shape(code))


def check_character(first_fifteen: str) -> str:
    """The sixteenth character that goes with the first fifteen (upper case)."""
    raw = first_fifteen.encode("ascii")
    total = sum(raw[0::2].translate(_ODD)) + sum(raw[1::2].translate(_EVEN))
    return chr(65 + total % 26)


def check_digit(first_ten: str) -> str:
    """The eleventh digit that goes with the first ten of a numeric code or P.IVA."""
    total = sum(map(int, first_ten[0::2])) + sum(_DOUBLED[int(d)] for d in first_ten[1::2])
    return str(-total % 10)


def _check_personal(code: str) -> CodiceFiscale:
    if not _is_birth_day(code[6:11]):
        raise CodiceFiscaleRefused(
            f"«{code}»: la data di nascita scritta nei caratteri da 7 a 11 («{code[6:11]}») "
            "non esiste"
        )
    expected = check_character(code[:15])
    if code[15] != expected:
        raise CodiceFiscaleRefused(
            f"«{code}»: il carattere di controllo è «{code[15]}» ma dovrebbe essere «{expected}»: "
            "c'è un errore di battitura"
        )
    return CodiceFiscale("F", code)


def _check_numeric(code: str) -> CodiceFiscale:
    if code.startswith("0000000"):
        raise CodiceFiscaleRefused(
            f"«{code}» non è mai stato attribuito: le prime 7 cifre sono zeri"
        )
    expected = check_digit(code[:10])
    if code[10] != expected:
        raise CodiceFiscaleRefused(
            f"«{code}»: la cifra di controllo è «{code[10]}» ma dovrebbe essere «{expected}»: "
            "c'è un errore di battitura"
        )
    return CodiceFiscale("G", code)


@lru_cache(maxsize=65_536)
def _is_birth_day(five: str) -> bool:
    """Whether year, month and day (``85A41``, omocodia allowed) name a day; women have 40 more."""
    year, day = int(five[:2].translate(_DIGITS)), int(five[3:].translate(_DIGITS))
    month = _MONTHS.index(five[2])
    day -= 40 if day > 40 else 0
    if month == 1 and day == 29:
        return year % 4 == 0
    return 1 <= day <= _DAYS_IN_MONTH[month]


def _explain_shape(code: str) -> str:
    if len(code) != 16:
        hint = " (forse mancano gli zeri iniziali)" if code.isdigit() and len(code) < 11 else ""
        return (
            f"«{code}» ha {len(code)} caratteri: un codice fiscale ne ha 16 (persone) "
            f"oppure 11, tutte cifre (enti e imprese){hint}"
        )
    wrong, wanted = next(_misfits(code))
    return f"«{code}»: il carattere {wrong + 1} («{code[wrong]}») non può stare lì, serve {wanted}"


def _misfits(code: str) -> Iterator[tuple[int, str]]:
    allowed = {
        "L": (r"[A-Z]", "una lettera"),
        "D": (rf"[{_OMOCODIA}]", "una cifra"),
        "M": (rf"[{_MONTHS}]", f"una lettera del mese ({_MONTHS})"),
    }
    for position, shape in enumerate(_SHAPE):
        pattern, wanted = allowed[shape]
        if not re.fullmatch(pattern, code[position]):
            yield position, wanted


def build_codice_fiscale(
    cognome: str, nome: str, born_on: date, sex: Literal["M", "F"], belfiore: str
) -> str:
    """Make the code the tax office would give, without omocodia; ``belfiore`` is like ``H501``."""
    day = born_on.day + (40 if sex == "F" else 0)
    first = (
        f"{_surname_letters(cognome)}{_given_letters(nome)}"
        f"{born_on.year % 100:02d}{_MONTHS[born_on.month - 1]}{day:02d}{belfiore}"
    )
    return first + check_character(first)


def _surname_letters(cognome: str) -> str:
    consonants, vowels = _split_letters(cognome)
    return (consonants + vowels + "XXX")[:3]


def _given_letters(nome: str) -> str:
    consonants, vowels = _split_letters(nome)
    if len(consonants) >= 4:
        return consonants[0] + consonants[2] + consonants[3]
    return (consonants + vowels + "XXX")[:3]


def _split_letters(name: str) -> tuple[str, str]:
    letters = [character for character in ascii_upper(name) if "A" <= character <= "Z"]
    consonants = "".join(letter for letter in letters if letter not in "AEIOU")
    return consonants, "".join(letter for letter in letters if letter in "AEIOU")
