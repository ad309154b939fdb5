"""Chapter 7 – excesses: money that came on a notice nobody owes any more, given to the credit in its place.

The one rule: what is paid on the notice of a replaced position goes to the position that replaces it, as far as that is
still owed; the rest stays an excess. Before: ``collections``.  After: publication of what is left to pay.
"""

from datetime import datetime

from django.db import transaction

from billing.events import position_changed, position_settled
from billing.models import Collection, Position, TimelineEntry, Transfer
from billing.models.ledger import Account
from billing.selectors.replacements import heirs_of
from billing.services.ledger import add_to_totals
from billing.services.timeline import tell
from billing.states import UNPAID, InstalmentState, PositionState
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row


@transaction.atomic
def attribute_to_replacement(*, collection_id: int, actor: Actor, at: datetime) -> int:
    """Give the excess of a collection just booked to the position that replaced its own. Returns the cents given.

    None where the position was not replaced, or what replaced it is not owed any more.
    """
    collection = Collection.objects.select_related("position").get(pk=collection_id)
    old = collection.position
    if old is None or old.state != PositionState.WITHDRAWN:
        return 0
    heir_id = heirs_of([old.pk]).get(old.pk)
    if heir_id is None:
        return 0
    heir = lock_row(Position, heir_id)
    cents = min(collection.excess_cents, heir.residual_cents)
    if heir.state not in UNPAID or cents == 0:
        return 0
    _move(collection, heir, cents, at)
    _pay_off(heir, cents, collection.paid_at)
    _tell(collection, old, heir, cents, actor, at)
    return cents


def _move(collection: Collection, heir: Position, cents: int, at: datetime) -> None:
    kind = Transfer.Kind.ATTRIBUTION
    Transfer.objects.create(
        kind=kind,
        debit=Account.ECCEDENZE,
        credit=Account.CREDITI,
        amount_cents=cents,
        position=heir,
        collection=collection,
        cause=collection.reference,
        booked_on=at.astimezone(ROME).date(),
        created_at=at,
    )
    add_to_totals(service_id=heir.service_id, kind=kind, amounts=[cents], slot=heir.pk)


def _pay_off(heir: Position, cents: int, paid_at: datetime) -> None:
    """The notice of what is left asks for what is left; of what is paid nothing can be paid any more."""
    heir.residual_cents -= cents
    heir.state = PositionState.PARTLY_PAID if heir.residual_cents else PositionState.SETTLED
    heir.version += 1
    payable = heir.instalments.filter(state=InstalmentState.PAYABLE)
    if heir.state == PositionState.SETTLED:
        heir.paid_at = paid_at
        payable.update(state=InstalmentState.CLOSED)
    elif not heir.instalments.filter(number__gt=0).exists():
        payable.update(amount_cents=heir.residual_cents)
    heir.save(update_fields=["residual_cents", "state", "version", "paid_at"])


def _tell(
    collection: Collection, old: Position, heir: Position, cents: int, actor: Actor, at: datetime
) -> None:
    tell(
        position_ids=[heir.pk], kind=TimelineEntry.Kind.PAID, at=collection.paid_at, actor=actor,
        reference=collection.reference, amount_cents=cents, attributed_from=str(old.uuid),
    )  # fmt: skip
    tell(
        position_ids=[old.pk], kind=TimelineEntry.Kind.NOTE, at=at, actor=actor,
        reference=collection.reference, amount_cents=cents, attributed_to=str(heir.uuid),
        text="Attribuita alla posizione che la sostituisce",
    )  # fmt: skip
    position_changed.send(sender=Position, positions=[heir.pk], at=at)
    if heir.state == PositionState.SETTLED:
        position_settled.send(sender=Position, position_id=heir.pk, at=at)
