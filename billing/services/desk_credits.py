"""Chapter 8 – money that has arrived for a credit nobody had written: the credit is opened and collected at once.

Before: somebody has said what a credit of the treasurer is.  After: a position like any other, settled, in the ledger
and in the books. Taken back it leaves a withdrawn position and opposite movements; nothing is deleted.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from billing.models import Collection, Position, Service, TimelineEntry, Transfer
from billing.models.ledger import Account
from billing.services.collections import Received, record_collection
from billing.services.ledger import add_to_totals
from billing.services.positions import (
    NewInstalment,
    NewPosition,
    open_position,
    withdraw_position,
)
from billing.services.timeline import tell
from billing.states import PositionState
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from registry.models import Subject
from registry.services.subjects import SubjectData, ensure_subject


@dataclass(frozen=True, slots=True)
class ArrivedCredit:
    """What the money was for. ``reference`` names where it is read, once for ever; cents > 0."""

    debtor: SubjectData
    causale: str
    amount_cents: int
    reference: str
    arrived_on: date


@transaction.atomic
def open_and_collect(
    *, service: Service, arrived: ArrivedCredit, segregation: str, actor: Actor, at: datetime
) -> Transfer:
    """The movement that collects it. Never published: it is settled before anybody could be asked to pay it."""
    subject_id = ensure_subject(data=arrived.debtor, source="tesoreria", at=at)
    position = open_position(
        service=service,
        subject=Subject.objects.get(pk=subject_id),
        new=NewPosition(
            reference=arrived.reference,
            causale=arrived.causale,
            year=arrived.arrived_on.year,
            instalments=(NewInstalment(0, arrived.arrived_on, arrived.amount_cents),),
            origin=Position.Origin.HAND,
        ),
        segregation=segregation,
        actor=actor,
        at=at,
    )
    booked = record_collection(
        received=_received(position, arrived),
        booked_on=at.astimezone(ROME).date(),
        at=at,
        actor=actor,
    )
    return Transfer.objects.get(collection_id=booked.collection_id, kind=Transfer.Kind.COLLECTION)


@transaction.atomic
def take_back_collection(*, booked: Transfer, reason: str, actor: Actor, at: datetime) -> Transfer:
    """The opposite of the movement of ``open_and_collect``; then the credit is withdrawn, for nobody owes it."""
    if booked.position is None or booked.kind != Transfer.Kind.COLLECTION:
        raise ValueError(f"transfer {booked.uuid} is not a collection")
    position = lock_row(Position, booked.position.pk)
    made = Transfer.objects.create(
        kind=Transfer.Kind.COLLECTION_BACK, debit=Account.CREDITI, credit=Account.INCASSI,
        amount_cents=booked.amount_cents, position=position, collection=booked.collection,
        cause=booked.cause, booked_on=at.astimezone(ROME).date(), created_at=at,
    )  # fmt: skip
    add_to_totals(
        service_id=position.service_id,
        kind=made.kind,
        amounts=[made.amount_cents],
        slot=position.pk,
    )
    position.residual_cents += made.amount_cents
    position.state = PositionState.OPEN
    position.paid_at = None
    position.save(update_fields=["residual_cents", "state", "paid_at"])
    tell(
        position_ids=[position.pk], kind=TimelineEntry.Kind.NOTE, at=at, actor=actor,
        reference=booked.cause, amount_cents=made.amount_cents, text=f"Incasso stornato: {reason}",
    )  # fmt: skip
    withdraw_position(position_id=position.pk, reason=reason, actor=actor, at=at)
    return made


def _received(position: Position, arrived: ArrivedCredit) -> Received:
    return Received(
        channel=Collection.Channel.BANK,
        reference=arrived.reference,
        amount_cents=arrived.amount_cents,
        notice_number=position.instalments.get().notice_number,
        paid_at=datetime(
            arrived.arrived_on.year,
            arrived.arrived_on.month,
            arrived.arrived_on.day,
            12,
            tzinfo=ROME,
        ),
        payer=arrived.debtor.name,
    )
