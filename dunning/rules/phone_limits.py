"""When and how often a debtor may be telephoned: one question, and the rule that answers it with its source. Pure.

Before: every call ever made to her, whoever made it.  After: the desk shows a number, or says from when it may.
Sources: code of conduct agreed by the collectors' association (UNIREC) with those of consumers; Garante per la protezione
dei dati personali, decision of 30 November 2005; art. 660 c.p. The Ente may ask for less, never for more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from dunning.rules.quiet_hours import ROME, SendingHours

_CONDUCT = "Codice di condotta UNIREC–associazioni dei consumatori"
_HARASSMENT = "art. 660 c.p. (molestia o disturbo alle persone)"
_MANDATE = "regola del mandato, a tutela di chi non risponde"
OPENS, CLOSES, SATURDAY_CLOSES = time(8, 30), time(21), time(15)
WEEK = timedelta(days=7)
_HORIZON = 60  # days looked ahead


class Limit(StrEnum):
    """Why no call may be made now."""

    HOURS = "ORARIO"
    DAY = "GIORNO"
    WEEK = "SETTIMANA"
    UNANSWERED = "SENZA_RISPOSTA"
    MANDATE = "MANDATO"

    @property
    def sentence(self) -> str:
        return _WORDS[self][0]

    @property
    def source(self) -> str:
        return _WORDS[self][1]


_WORDS = {
    Limit.HOURS: (
        "Si telefona dal lunedì al venerdì dalle 8:30 alle 21 e il sabato dalle 8:30 alle 15,"
        " mai nei giorni festivi né per il santo patrono",
        _CONDUCT,
    ),
    Limit.DAY: ("Oggi le si è già parlato: una conversazione al giorno", _CONDUCT),
    Limit.WEEK: ("In sette giorni le si è già parlato tre volte", _CONDUCT),
    Limit.UNANSWERED: ("Oggi si è già provato tre volte senza parlarle", _HARASSMENT),
    Limit.MANDATE: ("In questo incarico si è provato otto volte senza parlarle", _MANDATE),
}


@dataclass(frozen=True, slots=True)
class Past:
    """One call made. ``spoke``: with the debtor herself; ``ours``: within the same mandate."""

    at: datetime
    spoke: bool
    ours: bool = True


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """``hours`` None: the hours are not kept (an installation whose clock can be moved)."""

    hours: SendingHours | None
    per_day: int = 1
    per_week: int = 3
    unanswered_per_day: int = 3
    unanswered_per_mandate: int = 8


def calling_hours(
    *, patron: tuple[int, int] | None, opens: time = OPENS, closes: time = CLOSES
) -> SendingHours:
    """The hours of the code of conduct, or the narrower ones of a campaign."""
    return SendingHours(
        opens=max(opens, OPENS), closes=min(closes, CLOSES), patron=patron,
        saturday_closes=min(closes, SATURDAY_CLOSES),
    )  # fmt: skip


def why_not_call(past: Sequence[Past], *, at: datetime, rules: PhoneRules) -> Limit | None:
    """The first limit that forbids a call at ``at`` (aware), or None."""
    if rules.hours is not None and not rules.hours.open_at(at):
        return Limit.HOURS
    day = at.astimezone(ROME).date()
    today = [one for one in past if one.at.astimezone(ROME).date() == day]
    if sum(not one.spoke for one in past if one.ours) >= rules.unanswered_per_mandate:
        return Limit.MANDATE
    if sum(one.spoke for one in today) >= rules.per_day:
        return Limit.DAY
    if sum(one.spoke and at - one.at < WEEK for one in past) >= rules.per_week:
        return Limit.WEEK
    if sum(not one.spoke for one in today) >= rules.unanswered_per_day:
        return Limit.UNANSWERED
    return None


def next_allowed(past: Sequence[Past], *, at: datetime, rules: PhoneRules) -> datetime | None:
    """The first instant from ``at`` on at which a call may be made; None when the mandate allows none."""
    moment = at
    for _ in range(_HORIZON):
        limit = why_not_call(past, at=moment, rules=rules)
        if limit is None:
            return moment
        if limit is Limit.MANDATE:
            return None
        moment = _after(limit, past, moment, rules)
    return None


def _after(limit: Limit, past: Sequence[Past], at: datetime, rules: PhoneRules) -> datetime:
    if limit is Limit.WEEK:
        spoken = sorted(one.at for one in past if one.spoke and at - one.at < WEEK)
        return spoken[-rules.per_week] + WEEK
    if limit is Limit.HOURS and rules.hours is not None:
        return rules.hours.next_opening(at)
    tomorrow = at.astimezone(ROME).date() + timedelta(days=1)
    opens = rules.hours.opens if rules.hours else OPENS
    return datetime.combine(tomorrow, opens, tzinfo=ROME)
