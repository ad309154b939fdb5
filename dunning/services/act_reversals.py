"""Chapter 10 – an act that certainly was not served: what it had added is taken off, and the credit is at its step again.

Before: SEND refuses the act, or cancels it, and no other channel is left; or nobody finds the address.  After: a later batch
works the sums out anew. The notice that was never served stays, for what the credit was before.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Position
from billing.services.changes import change_position
from billing.services.positions import NewInstalment
from billing.states import InstalmentState, PositionState
from dunning.models import ActItem, Wave, WaveItem
from dunning.selectors.acts import interest_since, is_sanctioned
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row

_NOTHING = {"sanzioni_cents": 0, "interessi_cents": 0, "spese_cents": 0, "oneri_cents": 0}


@transaction.atomic
def take_charges_off(*, item: WaveItem, reason: str, actor: Actor, at: datetime) -> bool:
    """Undo what the act of that item charged. False when it is of no act, was undone already, or somebody has paid of it.

    ``reason``: the code of why it was not served.
    """
    if item.wave.kind != Wave.Kind.ACT:
        return False
    made = (
        ActItem.objects.select_related("position").filter(replacement__in=item.position_ids).first()
    )
    if made is None or made.replacement_id is None:
        return False
    position = lock_row(Position, made.replacement_id)
    added = _still_charged(position)
    if not added or position.state != PositionState.OPEN:
        return False
    _lower(position, added, actor, at)
    _forget(position, made.position)
    item.steps_taken.all().delete()
    ActItem.objects.filter(pk=made.pk).update(reason=reason, updated_at=at)
    return True


def _still_charged(position: Position) -> int:
    lines = position.details.get("righe", {})
    return sum(int(lines.get(name, 0)) for name in _NOTHING)


def _lower(position: Position, cents: int, actor: Actor, at: datetime) -> None:
    payable = position.instalments.filter(state=InstalmentState.PAYABLE)
    ways = [NewInstalment(i.number, i.due_on, i.amount_cents - cents) for i in payable]
    changed = change_position(
        position_id=position.pk, ways=ways, expected_version=position.version,
        reason="Atto non notificato: le somme che aggiungeva non sono dovute", actor=actor, at=at,
    )  # fmt: skip
    position.version = changed.version


def _forget(position: Position, before: Position) -> None:
    """As if the act had not been: interest runs from where it ran, a sanction may still be asked for."""
    lines = position.details["righe"] | _NOTHING | _rates_before(position, before) | {
        "sanzionata": is_sanctioned(before), "interessi_al": interest_since(before).isoformat(),
    }  # fmt: skip
    position.details = position.details | {"righe": lines}
    position.save(update_fields=["details"])


def _rates_before(position: Position, before: Position) -> dict[str, Any]:
    """From where the interest of each rata ran, where it was to be paid by rate."""
    kept = before.details.get("righe", {}).get("rate")
    now = position.details["righe"].get("rate", [])
    return {"rate": kept or [[due, due, cents] for due, _, cents in now]} if now else {}
