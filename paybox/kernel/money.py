"""Money: integer cents everywhere, read from and written for Italian readers."""

import re
from decimal import Decimal
from typing import NewType

Cents = NewType("Cents", int)

MAX_CENTS = Cents(99_999_999_999)  # stAmount of the Node: 999999999.99

_ITALIAN = re.compile(r"^-?\d{1,3}(\.\d{3})+(,\d{1,2})?$|^-?\d+(,\d{1,2})?$")
_POINT = re.compile(r"^-?\d+\.\d{1,2}$")


class AmountRefused(ValueError):
    """The text is not an amount that can be read without guessing; the message is in Italian."""


def parse_cents(text: str) -> Cents:
    """Read ``1.234,56``, ``1234,56``, ``1234.56`` or ``1234`` as cents; a leading euro sign is allowed.

    Three decimals, foreign grouping and letters are refused, never rounded.
    ``1.234`` is Italian grouping: 1234 euro. Raises AmountRefused.
    """
    bare = text.strip().removeprefix("€").removesuffix("€").strip()
    if _ITALIAN.match(bare):
        plain = bare.replace(".", "").replace(",", ".")
    elif _POINT.match(bare):
        plain = bare
    elif re.match(r"^-?[\d.]*[.,]\d{3,}$", bare):
        raise AmountRefused(f"«{text}» ha più di due decimali: scrivere euro e centesimi, ad esempio 123,45")
    else:
        raise AmountRefused(f"«{text}» non è un importo: scrivere euro e centesimi, ad esempio 123,45")
    cents = int(Decimal(plain) * 100)
    if abs(cents) > MAX_CENTS:
        raise AmountRefused(f"«{text}» supera il massimo di 999.999.999,99 €")
    return Cents(cents)


def format_euro(cents: int) -> str:
    """``123456`` → ``1.234,56`` (no sign of the currency)."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros:,}".replace(",", ".") + f",{rest:02d}"


def to_decimal_string(cents: int) -> str:
    """``12000`` → ``120.00``, the stAmount of the Node (``\\d+\\.\\d{2}``)."""
    euros, rest = divmod(cents, 100)
    return f"{euros}.{rest:02d}"


def from_decimal_string(text: str) -> Cents:
    """``120.00`` → ``12000``. Raises AmountRefused on anything that is not stAmount."""
    if not re.fullmatch(r"\d{1,9}\.\d{2}", text):
        raise AmountRefused(f"«{text}» non è un importo del Nodo (cifre.punto.due decimali)")
    return Cents(int(text.replace(".", "")))
