"""Which unpaid positions may go to enforced collection, which not and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.models import Instalment, Position, Service
from billing.rules.minimums import may_become_title
from billing.selectors.replacements import heirs_of
from billing.states import InstalmentState
from dunning.models import (
    CreditRules,
    HandOverItem,
    HandOverOutcome,
    Hold,
    ServedAct,
)
from dunning.selectors.acts import calendar_after, rules_of
from dunning.selectors.facts import Holds, holds_in_force
from dunning.selectors.limitation import clocks_of
from dunning.selectors.served import acts_served


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unpaid position; ``reason`` empty means that it goes. ``served``: the acts whose receipt is proved, in order."""

    position: Position
    reason: str
    served: Sequence[ServedAct] = ()


REASONS = {
    "NON_SCADUTA": "La scadenza non è ancora passata.",
    "RATE_FUTURE": "Ha ancora rate non scadute.",
    "CONTESTATA": "Il debito è contestato.",
    "SOSPESO": "La posizione è sospesa.",
    "NON_NOTIFICATA": "Non risulta notificato alcun atto.",
    "NON_AVVISATA": "Non risulta inviato alcun avviso.",
    "TERMINI_APERTI": "L'atto notificato non può ancora essere affidato alla riscossione: i termini sono aperti.",
    "PRESCRITTA": "Il termine di prescrizione o decadenza è passato.",
    "NON_TITOLO": "L'atto chiede meno di 10 euro: non diventa titolo esecutivo (c. 794 L. 160/2019).",
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
    by_rates: frozenset[int]
    served: Mapping[int, Sequence[ServedAct]]
    last_days: Mapping[int, date]


# After one of these the credit is the body's again.
_BACK = (HandOverOutcome.Code.REFUSED, HandOverOutcome.Code.RETURNED)


def candidates(*, service: Service, on: date) -> list[Candidate]:
    """Every unpaid position of the service, once, with the verdict of that day."""
    unpaid, rules = Position.objects.unpaid().filter(service=service), rules_of(service)
    positions = list(unpaid.select_related("subject").order_by("pk"))
    given, served = given_to_collector(service), acts_served(unpaid)
    # of what kind the credit is must be known: else no clock runs
    clocks = clocks_of(positions, rules) if rules.pk is not None else ()
    last_days = {position.pk: clock.last_day for position, clock, _ in clocks}
    facts = _Facts(
        on, rules, holds_in_force(on=on), given, _with_rates_to_come(service, on), served, last_days
    )
    return [Candidate(p, _why_not(p, facts), served.get(p.pk, ())) for p in positions]


def _why_not(position: Position, facts: _Facts) -> str:
    """The first reason to keep it out; empty when it goes."""
    if position.pk in facts.given:
        return "GIA_CONSEGNATA"
    if position.next_due_on >= facts.on:
        return "NON_SCADUTA"
    if hold := facts.holds.why(position.subject_id, position.pk):
        return "CONTESTATA" if hold == Hold.Reason.DISPUTE else "SOSPESO"
    if position.pk in facts.by_rates:
        return "RATE_FUTURE"
    if facts.last_days.get(position.pk, facts.on) < facts.on:
        return "PRESCRITTA"
    if why := _why_not_served(position, facts):
        return why
    below = position.residual_cents < facts.rules.handover_minimum_cents
    return "SOTTO_SOGLIA" if below else ""


def _why_not_served(position: Position, facts: _Facts) -> str:
    """Her own recognition of the debt is no act of the body; an assessment is entrusted only after its terms (c. 792)."""
    acts = facts.served.get(position.pk, ())
    if all(act.kind == ServedAct.Kind.RECOGNITION for act in acts):
        if position.noticed_at is None:
            return "NON_AVVISATA"
        if facts.rules.handover_needs_service:
            return "NON_NOTIFICATA"
    calendar = calendar_after(acts, position, facts.rules)
    if calendar and not may_become_title(act_total_cents=position.total_cents):
        return "NON_TITOLO"
    return "TERMINI_APERTI" if calendar and facts.on < calendar.load_from else ""


def _with_rates_to_come(service: Service, on: date) -> frozenset[int]:
    """Positions that may still be paid in time, in part."""
    rates = Instalment.objects.filter(position__service=service, state=InstalmentState.PAYABLE)
    later = rates.filter(number__gt=0, due_on__gte=on)
    return frozenset(later.values_list("position_id", flat=True))


def given_to_collector(service: Service) -> frozenset[int]:
    """Positions handed over, and what took their place; but for those whose newest outcome is that they came back."""
    items = HandOverItem.objects.filter(included=True, position__service=service)
    newest = HandOverOutcome.objects.filter(item__in=items).order_by("item_id", "-on", "-pk")
    back = {o.item_id for o in newest.distinct("item_id") if o.code in _BACK}
    given = {pk for item, pk in items.values_list("pk", "position_id") if item not in back}
    return frozenset(given | set(heirs_of(given).values()))
