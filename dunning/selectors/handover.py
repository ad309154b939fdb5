"""Which unpaid positions may go to enforced collection, which not and why, and the evidence for those that may."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.models import Instalment, Position, Service, TimelineEntry
from dunning.models import HandOverItem, Wave
from dunning.selectors.facts import holds_in_force


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unpaid position; ``reason`` empty means that it goes."""

    position: Position
    reason: str


@dataclass(slots=True)
class Evidence:
    """The notice number and when messages left, in order."""

    notice_number: str = ""
    noticed: list[datetime] = field(default_factory=list)
    reminded: list[datetime] = field(default_factory=list)


REASONS = {
    "NON_SCADUTA": "La scadenza non è ancora passata.",
    "SOSPESO": "La posizione è sospesa.",
    "NON_AVVISATA": "Non risulta inviato alcun avviso.",
    "SOTTO_SOGLIA": "Il residuo è inferiore all'importo minimo.",
    "GIA_CONSEGNATA": "È già stata consegnata alla riscossione coattiva.",
}


def candidates(*, service: Service, on: date) -> list[Candidate]:
    """Every unpaid position of the service, once, with the verdict of that day."""
    unpaid = Position.objects.unpaid().filter(service=service)
    positions = list(unpaid.select_related("subject").order_by("pk"))
    holds = holds_in_force(on=on)
    given = set(
        HandOverItem.objects.filter(included=True, position__service=service).values_list(
            "position_id", flat=True
        )
    )
    return [
        Candidate(p, _why_not(p, service, on, holds.stop(p.subject_id, p.pk), p.pk in given))
        for p in positions
    ]


def _why_not(position: Position, service: Service, on: date, held: bool, given: bool) -> str:
    if given:
        return "GIA_CONSEGNATA"
    if position.next_due_on >= on:
        return "NON_SCADUTA"
    if held:
        return "SOSPESO"
    if position.noticed_at is None:
        return "NON_AVVISATA"
    return "SOTTO_SOGLIA" if position.residual_cents < service.reminder_minimum_cents else ""


def evidence_for(*, service: Service) -> dict[int, Evidence]:
    """position → its first notice number and the instants of its messages; two statements for the whole service."""
    found: dict[int, Evidence] = defaultdict(Evidence)
    unpaid = Position.objects.unpaid().filter(service=service)
    first = Instalment.objects.filter(position__in=unpaid).order_by("position_id", "number")
    for position_id, number in first.distinct("position_id").values_list(
        "position_id", "notice_number"
    ):
        found[position_id].notice_number = number
    told = TimelineEntry.objects.filter(
        position__in=unpaid, kind__in=[TimelineEntry.Kind.NOTICED, TimelineEntry.Kind.SENT]
    ).order_by("at", "pk")
    for position_id, kind, at, details in told.values_list("position_id", "kind", "at", "details"):
        if kind == TimelineEntry.Kind.NOTICED:
            found[position_id].noticed.append(at)
        elif details.get("wave_kind") == Wave.Kind.REMINDER:
            found[position_id].reminded.append(at)
    return found
