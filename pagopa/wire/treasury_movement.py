"""What every file of a treasurer comes to: movements of provvisori d'entrata, and how a cell of it is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from paybox.kernel.problems import Refused

LONGEST = 60  # of what names a provvisorio


class TreasuryFileRefused(Refused):
    """The file is not one of provvisori; the Italian message says which row and why. Nothing is taken."""


class Operation(StrEnum):
    """What the treasurer did to a provvisorio. Source: OPI giornale di cassa, tipo_operazione."""

    EXECUTED = "ESEGUITO"  # new money
    REVERSED = "STORNATO"  # the money went back
    REGULARISED = "REGOLARIZZATO"  # a reversale covered it: no new money
    RESTORED = "RIPRISTINATO"  # that regularisation was undone


@dataclass(frozen=True, slots=True)
class Movement:
    """``reference``: year and number of the provvisorio, unique at one Ente's treasurer. ``amount_cents`` > 0.

    ``number`` tells two movements alike apart; ``bank_reference`` is the TRN, CRO or end-to-end id, if there is one.
    """

    operation: Operation
    reference: str
    amount_cents: int
    moved_on: date
    value_on: date
    causale: str
    payer: str = ""
    bank_reference: str = ""
    number: str = ""


def present(text: str) -> str:
    """The text itself. Raises TreasuryFileRefused when it is empty, or too long to be a number or a name."""
    if not text:
        raise TreasuryFileRefused("manca il valore")
    if len(text) > LONGEST:
        raise TreasuryFileRefused(f"«{text[:20]}…» è più lungo di {LONGEST} caratteri")
    return text


def year_of(text: str) -> str:
    """The year of a provvisorio. Raises TreasuryFileRefused."""
    if len(present(text)) != 4 or not (text.isascii() and text.isdigit()):
        raise TreasuryFileRefused(f"«{text[:20]}» non è un anno")
    return text


def positive(reader: Callable[[str], int]) -> Callable[[str], int]:
    """That reader of cents, refusing what is not more than zero."""

    def read(text: str) -> int:
        cents = reader(text)
        if cents <= 0:
            raise TreasuryFileRefused("l'importo deve essere maggiore di zero")
        return cents

    return read
