"""*Perché?*: the state of a position in a plain sentence, from the facts that decide it."""

from collections.abc import Sequence
from datetime import date

from billing.models import Position, TimelineEntry, Transfer
from billing.rules.returned_notices import ReturnCause
from billing.services.notification_fees import FEE_CAUSE
from billing.states import InstalmentState, PositionState
from paybox.kernel.clock import ROME
from paybox.kernel.money import format_euro


def why(position: Position, story: Sequence[TimelineEntry], *, on: date) -> list[str]:
    """Sentences: the fact that decides the state, then what follows from it on ``on``."""
    moved = list(position.transfers.all())
    sentences = [_decisive(position, story, moved)]
    if position.state in (PositionState.OPEN, PositionState.PARTLY_PAID):
        sentences.append(_about_days(position, on))
    sentences += _about_ways(position)
    return sentences + _about_paper(story) + _about_fees(moved) + _about_excess(position, moved)


def _decisive(position: Position, story: Sequence[TimelineEntry], moved: Sequence[Transfer]) -> str:
    total, residual = _euro(position.total_cents), _euro(position.residual_cents)
    collected = sum(c.allotted_cents for c in position.collections.all())
    collected += sum(t.amount_cents for t in moved if t.kind == Transfer.Kind.ATTRIBUTION)
    if position.state == PositionState.WITHDRAWN:
        return _withdrawn(position, story)
    if position.state == PositionState.SETTLED:
        return f"È pagata perché gli incassi coprono l'intero importo di {total}."
    if position.state == PositionState.PARTLY_PAID:
        return (
            f"È pagata in parte perché sono stati incassati {_euro(collected)} su {total}: "
            f"restano {residual}."
        )
    return f"È da pagare perché dei {total} dovuti non risulta alcun incasso."


def _withdrawn(position: Position, story: Sequence[TimelineEntry]) -> str:
    entry = next((e for e in story if e.kind == TimelineEntry.Kind.WITHDRAWN), None)
    if entry is None or position.withdrawn_at is None:
        return "È annullata."
    day = position.withdrawn_at.astimezone(ROME)
    reason = f" Motivo: {entry.reference}." if entry.reference else ""
    return f"È annullata perché così ha disposto {entry.actor_name} il {day:%d/%m/%Y}.{reason}"


def _about_days(position: Position, on: date) -> str:
    due = f"{position.next_due_on:%d/%m/%Y}"
    late = (on - position.next_due_on).days
    if late > 0:
        return f"È scaduta: la prima scadenza non pagata era il {due}, {late} {'giorno' if late == 1 else 'giorni'} fa."
    if late == 0:
        return "Scade oggi: fino a fine giornata non è in ritardo."
    return f"Non è scaduta: la prossima scadenza è il {due}."


def _about_ways(position: Position) -> list[str]:
    """What paying one way did to the others."""
    ways = list(position.instalments.all())
    paid = {i.number for i in ways if i.state == InstalmentState.PAID}
    closed = {i.number for i in ways if i.state == InstalmentState.CLOSED}
    if 0 in paid and closed:
        return [
            "È stata pagata la rata unica: per questo le singole rate non si possono più pagare."
        ]
    if paid and 0 in closed:
        return ["È stata pagata almeno una rata: per questo la rata unica non si può più pagare."]
    return []


def _about_paper(story: Sequence[TimelineEntry]) -> list[str]:
    """That the notice on paper did not reach her, the last time."""
    back = [e for e in story if e.kind == TimelineEntry.Kind.RETURNED]
    if not back:
        return []
    day = date.fromisoformat(back[-1].details["on"])
    cause = ReturnCause(back[-1].details["cause"]).label.lower()
    return [f"L'avviso su carta è tornato al mittente il {day:%d/%m/%Y}: {cause}."]


def _about_fees(moved: Sequence[Transfer]) -> list[str]:
    """What SEND said that serving its act cost, notification by notification."""
    fees: dict[str, int] = {}
    for one in moved:
        if one.cause.startswith(FEE_CAUSE):
            sign = 1 if one.kind == Transfer.Kind.SERVICE_COSTS else -1
            fees[one.cause] = fees.get(one.cause, 0) + sign * one.amount_cents
    return [
        f"Nel dovuto ci sono {_euro(cents)} di costi di notifica: {cause}, che li calcola secondo il percorso dell'atto."
        for cause, cents in fees.items()
        if cents
    ]


def _about_excess(position: Position, moved: Sequence[Transfer]) -> list[str]:
    """Money that came on a replaced notice is told on both positions, the rest where it came."""
    own = {one.pk for one in position.collections.all()}
    to_this = [t for t in moved if t.kind == Transfer.Kind.ATTRIBUTION]
    said = []
    if received := sum(t.amount_cents for t in to_this if t.collection_id not in own):
        said.append(
            f"{_euro(received)} erano stati pagati sull'avviso che questa posizione sostituisce "
            "e sono stati attribuiti a questa."
        )
    kept = sum(c.excess_cents for c in position.collections.all())
    kept -= sum(t.amount_cents for t in to_this if t.collection_id in own)
    if given := _given_away(position):
        said.append(
            f"{_euro(given)} sono arrivati su questo avviso dopo la sostituzione: "
            "sono attribuiti alla posizione che la sostituisce."
        )
    if kept > given:
        said.append(
            f"Sono arrivati {_euro(kept - given)} oltre il dovuto, tenuti fra le eccedenze."
        )
    return said


def _given_away(position: Position) -> int:
    """Of what came on its notices, what pays the position in its place."""
    moved = [
        t for c in position.collections.all()
        for t in c.transfers.filter(kind=Transfer.Kind.ATTRIBUTION).exclude(position=position)
    ]  # fmt: skip
    return sum(t.amount_cents for t in moved)


def _euro(cents: int) -> str:
    return f"{format_euro(cents)}\N{NO-BREAK SPACE}€"
