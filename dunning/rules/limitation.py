"""The clock of each debt: by when an act must be served, by when it must be served again. Pure.

Before: when the debt fell due and what was served for it.  After: the list of what is about to be lost.
Two clocks: *decadenza* (taxes: the assessment, not stopped by any reminder) and *prescrizione* (begun anew by every act that
puts in default and whose receipt is proved: art. 2943 and 2945 c.c.; counted by the calendar: art. 2963 c.c.).
"""

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_LEAP_DAY = (2, 29)


class CreditKind(StrEnum):
    """What the body collects, as far as time is concerned."""

    LOCAL_TAX = "TRIBUTO_LOCALE"
    PERIODIC = "PERIODICO"
    ORDINARY = "ORDINARIO"
    WATER = "IDRICO"
    FINE = "SANZIONE"
    ORDER_DUES = "QUOTA_ORDINE"


@dataclass(frozen=True, slots=True)
class Term:
    """``years`` of prescription; ``assess_years`` above 0 where an assessment comes first, by the end of that year."""

    name: str
    years: int
    source: str
    assess_years: int = 0


TERMS: dict[CreditKind, Term] = {
    CreditKind.LOCAL_TAX: Term(
        "Tributo locale", 5, "L. 296/2006, art. 1 c. 161; art. 2948 n. 4 c.c.", assess_years=5
    ),
    CreditKind.PERIODIC: Term("Canone, retta o mensa (periodico)", 5, "art. 2948 n. 4 c.c."),
    CreditKind.ORDINARY: Term("Altra entrata patrimoniale", 10, "art. 2946 c.c."),
    CreditKind.WATER: Term("Servizio idrico", 2, "L. 205/2017, art. 1 c. 4"),
    CreditKind.FINE: Term("Sanzione amministrativa", 5, "L. 689/1981, art. 28"),
    CreditKind.ORDER_DUES: Term("Quota di un Ordine professionale", 5, "art. 2948 n. 4 c.c."),
}


class Effect(StrEnum):
    """What an act that was served does to the clock."""

    INTERRUPTS = "INTERROMPE"
    ASSESSES = "ACCERTA"


@dataclass(frozen=True, slots=True)
class Served:
    """``on`` is the day it is perfected for the debtor; ``sent_on`` the day it left, which saves a decadence."""

    on: date
    effect: Effect
    sent_on: date | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days that do not count, both included."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Clock:
    """``last_day`` to serve what is needed; ``source`` says which article stops there."""

    last_day: date
    is_decadence: bool
    source: str

    def days_left(self, *, on: date) -> int:
        """Below zero when the last day is past."""
        return (self.last_day - on).days


def clock_of(
    *,
    kind: CreditKind,
    due_on: date,
    served: Sequence[Served] = (),
    suspensions: Sequence[Suspension] = (),
) -> Clock:
    """The clock that runs now. A reminder of a tax not assessed yet moves nothing."""
    term = TERMS[kind]
    acts = sorted(served, key=lambda act: act.on)
    if term.assess_years:
        end = _pushed(date(due_on.year + term.assess_years, 12, 31), due_on, suspensions)
        assessed = [a for a in acts if a.effect == Effect.ASSESSES and (a.sent_on or a.on) <= end]
        if not assessed:
            return Clock(end, True, term.source)
        acts = [a for a in acts if a.on >= assessed[0].on]
    return _prescription(term, due_on, acts, suspensions)


def _prescription(
    term: Term, due_on: date, acts: Sequence[Served], suspensions: Sequence[Suspension]
) -> Clock:
    """An act that came after the last day finds nothing to interrupt."""
    begin = due_on
    end = _pushed(years_after(begin, term.years), begin, suspensions)
    # A tax that was assessed has a clock that begins with the assessment, whenever it fell due.
    if term.assess_years and acts:
        begin, acts = acts[0].on, acts[1:]
        end = _pushed(years_after(begin, term.years), begin, suspensions)
    for act in acts:
        if begin <= act.on <= end:
            begin = act.on
            end = _pushed(years_after(begin, term.years), begin, suspensions)
    return Clock(end, False, term.source)


def years_after(day: date, years: int) -> date:
    """The same day of a later year; 29 February ends on the 28th where the year has none (art. 2963 c.c.)."""
    if (day.month, day.day) == _LEAP_DAY and not isleap(day.year + years):
        return date(day.year + years, 2, 28)
    return day.replace(year=day.year + years)


def _pushed(end: date, begin: date, suspensions: Sequence[Suspension]) -> date:
    """The days of each suspension that fall inside the term are added at its end."""
    for pause in sorted(suspensions, key=lambda s: s.since):
        days = (min(pause.until, end) - max(pause.since, begin)).days + 1
        end += timedelta(days=max(0, days))
    return end
