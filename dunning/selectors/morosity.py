"""Members of an Order who owe dues of several years: the list that the Council looks at. Nobody is suspended from here.

Source: L. 536/1949 art. 2 (defaulters may be suspended, with the forms of the disciplinary procedure, until they pay); the
professions have rules of their own. How many years and whether a formal demand must have been served is for the Order to say.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from billing.models import Position, Service
from dunning.models import Hold, MorosityCase
from dunning.rules.morosity import Fact, FactKind
from dunning.selectors.facts import Holds, holds_in_force
from dunning.selectors.served import acts_served
from registry.models import Subject


@dataclass(frozen=True, slots=True)
class Defaulter:
    """A member with the years she owes, what they come to, and the last act served; ``held`` says why to wait."""

    subject: Subject
    years: tuple[int, ...]
    residual_cents: int
    oldest_due_on: date
    served_on: date | None
    held: str


def defaulters(*, service: Service, least_years: int, on: date) -> list[Defaulter]:
    """Who owes at least that many years of the service, the longest list of years first."""
    overdue = Position.objects.overdue(on=on).filter(service=service).select_related("subject")
    owed: dict[int, list[Position]] = defaultdict(list)
    for position in overdue.order_by("year", "pk"):
        owed[position.subject_id].append(position)
    many = {pk: theirs for pk, theirs in owed.items() if len(_years(theirs)) >= least_years}
    served = _last_served([p.pk for theirs in many.values() for p in theirs])
    holds = holds_in_force(on=on, subject_ids=many)
    found = [_defaulter(theirs, served, holds) for theirs in many.values()]
    return sorted(found, key=lambda d: (-len(d.years), d.subject.sort_key, d.subject.pk))


def _defaulter(theirs: list[Position], served: dict[int, date], holds: Holds) -> Defaulter:
    subject = theirs[0].subject
    days = [served[p.pk] for p in theirs if p.pk in served]
    known = [holds.subjects.get(subject.pk), *(holds.positions.get(p.pk) for p in theirs)]
    reasons = [why for why in known if why and why != Hold.Reason.HANDED_OVER]
    return Defaulter(
        subject=subject,
        years=_years(theirs),
        residual_cents=sum(p.residual_cents for p in theirs),
        oldest_due_on=min(p.next_due_on for p in theirs),
        served_on=max(days, default=None),
        held=reasons[0] if reasons else "",
    )


def _years(theirs: list[Position]) -> tuple[int, ...]:
    return tuple(sorted({p.year for p in theirs}))


def _last_served(position_ids: list[int]) -> dict[int, date]:
    return {pk: acts[-1].perfected_on for pk, acts in acts_served(position_ids).items()}


def case_facts(case: MorosityCase) -> list[Fact]:
    """What counts of a case, in order."""
    rows = case.facts.filter(confirmed_at__isnull=False).order_by("on", "pk")
    return [Fact(FactKind(row.kind), row.on, row.hearing_on) for row in rows]


def owed_on_case(case: MorosityCase, *, on: date) -> int:
    """Cents still overdue on the dues of the years of the case."""
    overdue = Position.objects.overdue(on=on).filter(
        service=case.service_id, subject=case.subject_id, year__in=case.years
    )
    return sum(overdue.values_list("residual_cents", flat=True))
