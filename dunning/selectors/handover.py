"""Which unpaid positions may go to enforced collection, which not and why, and the evidence for those that may."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.models import Instalment, Position, Service, TimelineEntry
from billing.selectors.replacements import heirs_of
from dunning.models import (
    CreditRules,
    HandOverItem,
    HandOverOutcome,
    Hold,
    ServedAct,
    Wave,
)
from dunning.selectors.acts import rules_of
from dunning.selectors.facts import Holds, holds_in_force
from dunning.selectors.served import proved_steps


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unpaid position; ``reason`` empty means that it goes."""

    position: Position
    reason: str


@dataclass(slots=True)
class Evidence:
    """The notice number, when messages left, and the acts served, in order."""

    notice_number: str = ""
    noticed: list[datetime] = field(default_factory=list)
    reminded: list[datetime] = field(default_factory=list)
    served: list[ServedAct] = field(default_factory=list)


REASONS = {
    "NON_SCADUTA": "La scadenza non è ancora passata.",
    "CONTESTATA": "Il debito è contestato.",
    "SOSPESO": "La posizione è sospesa.",
    "NON_NOTIFICATA": "Non risulta notificato alcun atto.",
    "NON_AVVISATA": "Non risulta inviato alcun avviso.",
    "SOTTO_SOGLIA": "Il residuo è inferiore all'importo minimo.",
    "GIA_CONSEGNATA": "È già stata consegnata alla riscossione coattiva.",
}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is asked of every position of one service, read once."""

    on: date
    rules: CreditRules
    holds: Holds
    given: frozenset[int]
    served: frozenset[int]


# After one of these the credit is the body's again.
_BACK = (HandOverOutcome.Code.REFUSED, HandOverOutcome.Code.RETURNED)


def candidates(*, service: Service, on: date) -> list[Candidate]:
    """Every unpaid position of the service, once, with the verdict of that day."""
    unpaid = Position.objects.unpaid().filter(service=service)
    given = given_to_collector(service)
    facts = _Facts(on, rules_of(service), holds_in_force(on=on), given, _served(service))
    positions = unpaid.select_related("subject").order_by("pk")
    return [Candidate(p, _why_not(p, facts)) for p in positions]


def _why_not(position: Position, facts: _Facts) -> str:
    """The first reason to keep it out; empty when it goes."""
    if position.pk in facts.given:
        return "GIA_CONSEGNATA"
    if position.next_due_on >= facts.on:
        return "NON_SCADUTA"
    if hold := facts.holds.why(position.subject_id, position.pk):
        return "CONTESTATA" if hold == Hold.Reason.DISPUTE else "SOSPESO"
    if position.noticed_at is None and position.pk not in facts.served:
        return "NON_AVVISATA"
    if facts.rules.handover_needs_service and position.pk not in facts.served:
        return "NON_NOTIFICATA"
    below = position.residual_cents < facts.rules.handover_minimum_cents
    return "SOTTO_SOGLIA" if below else ""


def given_to_collector(service: Service) -> frozenset[int]:
    """Positions handed over, and what took their place; but for those whose newest outcome is that they came back."""
    items = HandOverItem.objects.filter(included=True, position__service=service)
    newest = HandOverOutcome.objects.filter(item__in=items).order_by("item_id", "-on", "-pk")
    back = {o.item_id for o in newest.distinct("item_id") if o.code in _BACK}
    given = {pk for item, pk in items.values_list("pk", "position_id") if item not in back}
    return frozenset(given | set(heirs_of(given).values()))


def _served(service: Service) -> frozenset[int]:
    """Positions with an act whose receipt is proved: written down, or a formal step that was delivered."""
    acts = ServedAct.objects.filter(position__service=service)
    formal = proved_steps().filter(position__service=service)
    return frozenset(acts.values_list("position_id", flat=True)) | frozenset(
        formal.values_list("position_id", flat=True)
    )


def evidence_for(*, service: Service) -> dict[int, Evidence]:
    """position → its first notice number and the instants of its messages; three statements for the whole service."""
    found: dict[int, Evidence] = defaultdict(Evidence)
    unpaid = Position.objects.unpaid().filter(service=service)
    first = Instalment.objects.filter(position__in=unpaid).order_by("position_id", "number")
    for position_id, number in first.distinct("position_id").values_list(
        "position_id", "notice_number"
    ):
        found[position_id].notice_number = number
    for act in ServedAct.objects.filter(position__in=unpaid).order_by("perfected_on", "pk"):
        found[act.position_id].served.append(act)
    told = TimelineEntry.objects.filter(
        position__in=unpaid, kind__in=[TimelineEntry.Kind.NOTICED, TimelineEntry.Kind.SENT]
    ).order_by("at", "pk")
    for position_id, kind, at, details in told.values_list("position_id", "kind", "at", "details"):
        if kind == TimelineEntry.Kind.NOTICED:
            found[position_id].noticed.append(at)
        elif details.get("wave_kind") == Wave.Kind.REMINDER:
            found[position_id].reminded.append(at)
    return found
