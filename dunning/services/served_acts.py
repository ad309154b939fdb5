"""Chapter 10 – service of process: the day an act reached the debtor, and what proves it.

Before: an act sent by PEC, post or messenger.  After: the clock of limitation, the day the act becomes a title, hand-over.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from billing.models import Position, TimelineEntry
from billing.services.timeline import tell
from dunning.models import ServedAct
from dunning.selectors.served import acts_served
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused


class ServiceRefused(Refused):
    """The service of an act cannot be written down as given."""


@dataclass(frozen=True, slots=True)
class Notification:
    """An act served: what it is, when it left, when it is perfected for the debtor, what proves it."""

    kind: str
    perfected_on: date
    source: str
    reference: str
    sent_on: date | None = None


@transaction.atomic
def record_service(
    *, position_id: int, served: Notification, actor: Actor, at: datetime
) -> ServedAct:
    """Write it down once; the same again changes nothing. Raises ServiceRefused."""
    position = lock_row(Position, position_id)
    _check(served, at.astimezone(ROME).date())
    act, is_new = ServedAct.objects.get_or_create(
        position=position,
        kind=served.kind,
        perfected_on=served.perfected_on,
        reference=served.reference.strip(),
        defaults={
            "sent_on": served.sent_on,
            "source": served.source,
            "actor_name": actor.name,
            "created_at": at,
        },
    )
    if is_new:
        _tell(position, act, actor, at)
    return act


def carry_served_acts(*, old: Position, new: Position) -> None:
    """What was served for a credit counts for the one that takes its place."""
    columns = ("kind", "sent_on", "perfected_on", "source", "reference", "actor_name", "created_at")
    ServedAct.objects.bulk_create(
        ServedAct(position=new, **{name: getattr(act, name) for name in columns})
        for act in acts_served([old.pk])[old.pk]
    )


def _check(served: Notification, today: date) -> None:
    if not served.reference.strip():
        raise ServiceRefused(
            "Indicare la prova: il numero della raccomandata, della relata o della PEC"
        )
    if served.perfected_on > today:
        raise ServiceRefused("La data di perfezionamento è nel futuro")
    if served.sent_on and served.sent_on > served.perfected_on:
        raise ServiceRefused("La data di spedizione è dopo quella di perfezionamento")


def _tell(position: Position, act: ServedAct, actor: Actor, at: datetime) -> None:
    words = f"{act.get_kind_display()}: {act.get_source_display()} {act.reference}"
    tell(
        position_ids=[position.pk],
        kind=TimelineEntry.Kind.DELIVERED,
        at=at,
        actor=actor,
        reference=words,
        text=f"Notifica perfezionata il {act.perfected_on:%d/%m/%Y}",
    )
    record_audit(
        action="dunning.act.served",
        actor=actor,
        at=at,
        subject=f"position:{position.uuid}",
        perfected_on=act.perfected_on.isoformat(),
        reference=act.reference,
    )
