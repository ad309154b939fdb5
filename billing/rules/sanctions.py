"""The sanction for a local tax that was not paid, or paid late, and what it becomes by *ravvedimento*. Pure.

Before: a tax due on a day and not paid.  After: a line of its own; never for patrimonial income or an Order's dues.
Source: D.Lgs. 471/1997 art. 13 and D.Lgs. 472/1997 art. 13, both as changed by D.Lgs. 87/2024 for violations from 1-9-2024.
The law gives fractions (a fifteenth a day, a ninth, a seventh): they are applied as such, and not as the rounded
percentages that are printed in tables, and half a cent rounds up once.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from billing.rules.dated import Dated, RulesRefused, in_force, share

_HALF_DAYS = 90  # up to here the sanction is halved
_DAILY_DAYS = 15  # up to here the half is owed by fifteenths, one a day


@dataclass(frozen=True, slots=True)
class Sanction:
    """``rate`` of the tax in hundredths of a percent; ``reductions``: (days of delay up to, divisor)."""

    rate: int
    reductions: tuple[tuple[int, int], ...]
    last_divisor: int


_OLD = Sanction(3_000, ((30, 10), (90, 9), (365, 8), (730, 7)), 6)
_NEW = Sanction(2_500, ((30, 10), (90, 9), (365, 8)), 7)

SANCTIONS: tuple[Dated[Sanction], ...] = (
    Dated(date(2016, 1, 1), _OLD, "D.Lgs. 471/1997, art. 13"),
    Dated(date(2024, 9, 1), _NEW, "D.Lgs. 471/1997, art. 13, come modificato dal D.Lgs. 87/2024"),
)


def sanction_cents(*, tax_cents: int, due_on: date, paid_on: date) -> int:
    """The sanction for a payment on ``paid_on``, by the rule of the day it fell due. Raises RulesRefused."""
    return _of(tax_cents, _full(due_on, paid_on))


def ravvedimento_cents(*, tax_cents: int, due_on: date, paid_on: date) -> int:
    """The sanction of who pays by herself, before any act is served; interest is owed beside it. Raises RulesRefused."""
    rule = in_force(SANCTIONS, on=due_on).value
    days = _delay(due_on, paid_on)
    divisor = next((d for upto, d in rule.reductions if days <= upto), rule.last_divisor)
    return _of(tax_cents, _full(due_on, paid_on) / divisor)


def sanction_source(*, due_on: date) -> str:
    """The article to write next to the sum."""
    return in_force(SANCTIONS, on=due_on).source


def _full(due_on: date, paid_on: date) -> Fraction:
    """The sanction as a share of the tax."""
    whole = Fraction(in_force(SANCTIONS, on=due_on).value.rate, 10_000)
    days = _delay(due_on, paid_on)
    if days > _HALF_DAYS:
        return whole
    return whole / 2 * Fraction(min(days, _DAILY_DAYS), _DAILY_DAYS)


def _delay(due_on: date, paid_on: date) -> int:
    if paid_on <= due_on:
        raise RulesRefused("Il pagamento non è in ritardo: non c'è sanzione")
    return (paid_on - due_on).days


def _of(cents: int, part: Fraction) -> int:
    return share(cents, numerator=part.numerator, denominator=part.denominator)
