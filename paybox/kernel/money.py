"""Money: integer cents everywhere, read from and written for Italian readers."""

import re
from typing import NewType

from paybox.kernel.problems import Refused

Cents = NewType("Cents", int)

MAX_CENTS = Cents(99_999_999_999)  # stAmount of the Node: 999999999.99

# Italian (1.234,56), without grouping (1234,56), or with a decimal point (1234.56).
_AMOUNT = re.compile(
    r"(-?)(?:([1-9][0-9]{0,2}(?:\.[0-9]{3}){1,5})(?:,([0-9]{1,2}))?|([0-9]{1,18})(?:[,.]([0-9]{1,2}))?)"
)
_LONG_FRACTION = re.compile(r"-?[0-9.]*[.,][0-9]{3,}")
_ONE_GROUP = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")


class AmountRefused(Refused, ValueError):
    """The text is not an amount that can be read without guessing; the message is in Italian."""


def parse_cents(text: str) -> Cents:
    """Read ``1.234,56``, ``1234,56``, ``1234.56`` or ``1234`` as cents; an euro sign is allowed.

    Three decimals, foreign grouping and letters are refused, never rounded.
    ``1.234`` is Italian grouping: 1234 euro. Raises AmountRefused.
    """
    bare = text.strip().removeprefix("€").removesuffix("€").strip()
    match = _AMOUNT.fullmatch(bare)
    if match is None:
        raise AmountRefused(_explain(text.strip()[:40], bare))
    sign, grouped, grouped_fraction, plain, fraction = match.groups()
    euros = int(grouped.replace(".", "") if grouped else plain)
    cents = euros * 100 + int(((grouped_fraction or fraction or "") + "00")[:2])
    if cents > MAX_CENTS:
        raise AmountRefused(f"«{text.strip()}» supera il massimo di 999.999.999,99 €")
    return Cents(-cents if sign else cents)


def is_ambiguous_amount(text: str) -> bool:
    """Whether ``1.234`` could also be meant as one euro and three decimals."""
    return bool(_ONE_GROUP.fullmatch(text.strip().strip("€").strip()))


def _explain(shown: str, bare: str) -> str:
    if _LONG_FRACTION.fullmatch(bare):
        return f"«{shown}» ha più di due decimali: scrivere euro e centesimi, ad esempio 123,45"
    return f"«{shown}» non è un importo: scrivere euro e centesimi, ad esempio 123,45"


def format_euro(cents: int) -> str:
    """``123456`` → ``1.234,56`` (no sign of the currency)."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros:,}".replace(",", ".") + f",{rest:02d}"


def format_mills(thousandths: int) -> str:
    """``1100`` → ``1,10``, ``61`` → ``0,061``: a message may cost less than a cent. From ten euros on, to the cent."""
    if thousandths >= 10_000:
        thousandths = (thousandths + 5) // 10 * 10
    whole, rest = divmod(thousandths, 1000)
    fraction = f"{rest:03d}" if rest % 10 else f"{rest // 10:02d}"
    return f"{whole:,}".replace(",", ".") + f",{fraction}"


def to_decimal_string(cents: int) -> str:
    """``12000`` → ``120.00``, the stAmount of the Node (``\\d+\\.\\d{2}``)."""
    euros, rest = divmod(cents, 100)
    return f"{euros}.{rest:02d}"


def from_decimal_string(text: str) -> Cents:
    """``120.00`` → ``12000``. Raises AmountRefused on anything that is not stAmount."""
    if not re.fullmatch(r"[0-9]{1,9}\.[0-9]{2}", text):
        raise AmountRefused(
            f"«{text[:40]}» non è un importo: si scrive con il punto e due decimali, ad esempio 120.00"
        )
    return Cents(int(text.replace(".", "")))
