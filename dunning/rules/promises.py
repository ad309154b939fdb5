"""A promise to pay: when it was kept, and how long it holds the other reminders back. Pure.

Before: what was promised on the telephone, and the payments since.  After: the state of the promise, the attention that
grows. A promise is never a recognition of the debt: only a written and explicit one is (art. 1988 and 2944 c.c.).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dunning.rules.quiet_hours import is_holiday

GRACE_DAYS = 3  # working days: a bank transfer or the post need them
LONGEST_PAUSE = timedelta(days=15)
FARTHEST = timedelta(days=60)
BROKEN_FREELY = 2  # from the second broken one on, the office decides


class PromiseState(StrEnum):
    """How a promise stands."""

    PENDING = "IN_ATTESA"
    KEPT = "MANTENUTA"
    PARTIAL = "IN_PARTE"
    BROKEN = "DISATTESA"
    WITHDRAWN = "RITIRATA"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came for the debts of the file, cents."""

    on: date
    cents: int


def last_good_day(due_on: date, *, grace_days: int = GRACE_DAYS, patron: tuple[int, int] | None = None) -> date:  # fmt: skip
    """The day promised and ``grace_days`` working ones after it (Saturday is none)."""
    day, left = due_on, grace_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and not is_holiday(day) and (day.month, day.day) != patron
    return day


def promise_state(
    *, amount_cents: int, promised_on: date, last_on: date, paid: Iterable[Payment], today: date,
    withdrawn: bool = False,
) -> tuple[PromiseState, int]:  # fmt: skip
    """Its state, and the cents that count for it: those that came from the promise to ``last_on``, both included.

    Kept even before its day; a payment that is known late counts for the day it was made.
    """
    came = sum(one.cents for one in paid if promised_on <= one.on <= last_on)
    if withdrawn:
        return PromiseState.WITHDRAWN, came
    if came >= amount_cents:
        return PromiseState.KEPT, came
    if today <= last_on:
        return PromiseState.PENDING, came
    return (PromiseState.PARTIAL if came else PromiseState.BROKEN), came


def paused_until(*, promised_on: date, last_on: date) -> date:
    """The last day on which other reminders wait for it."""
    return min(last_on, promised_on + LONGEST_PAUSE)


def may_promise(*, broken: int, allowed: int) -> bool:
    """``allowed``: how many more an official has let her make."""
    return broken < BROKEN_FREELY + allowed


def attention(*, broken: int, refused: int) -> int:
    """0 the usual, 1 more, 2 the most: it grows with promises that were not kept, and with refusals."""
    return min(2, broken + (1 if refused else 0))
