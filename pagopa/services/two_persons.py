"""Chapter 8 – a person's word, and the second person who confirms it when it moves money.

The same for a credit of the treasurer (``repairs``) and for a row of a flow (``row_repairs``).
"""

from datetime import datetime
from typing import TypeVar

from billing.models import Service
from billing.services.desk_credits import take_back_collection
from billing.services.other_income import book_other_income, take_back_other_income
from pagopa.labels import MONEY_MOVING, ON_A_SERVICE, RepairKind
from pagopa.models import Repair, RowRepair
from paybox.kernel.actor import PAGOPA, Actor
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused

_TAKEN_BACK = "L'accredito del tesoriere non è più spiegato da questo credito"
Word = TypeVar("Word", Repair, RowRepair)


class RepairRefused(Refused):
    """The repair does not fit things as they stand; nothing was written."""


def needs_second(kind: str, current: Repair | RowRepair | None) -> bool:
    """Whether it changes what is explained by what; to undo is as heavy as what it takes away."""
    moves = current is not None and current.kind in MONEY_MOVING
    return kind in MONEY_MOVING or moves


def check_reason(reason: str) -> str:
    """Raises RepairRefused."""
    if len(reason.strip()) < 5:
        raise RepairRefused("Scrivere il motivo: lo leggerà chi conferma e chi controlla")
    return reason.strip()


def check_service(kind: RepairKind, service: Service | None) -> None:
    """Raises RepairRefused."""
    if (service is not None) != (kind in ON_A_SERVICE):
        raise RepairRefused("Scegliere il tipo di dovuto su cui registrare la somma")


def check_undo(kind: RepairKind, current: Repair | RowRepair | None) -> None:
    """Raises RepairRefused."""
    if kind == RepairKind.RESTORE and (current is None or current.kind == RepairKind.RESTORE):
        raise RepairRefused("Qui non c'è alcuna correzione da annullare")


def lock_proposed(model: type[Word], repair_id: int) -> Word:
    """Raises RepairRefused when it has been decided already."""
    repair = lock_row(model, repair_id)
    if repair.state != model.State.PROPOSED:
        raise RepairRefused("Questa correzione è già stata decisa")
    return repair


def check_second(repair: Repair | RowRepair, actor: Actor) -> None:
    """Raises RepairRefused when who confirms is who proposed."""
    if repair.asked_by_id == actor.user_id:
        raise RepairRefused("La conferma spetta a una persona diversa da chi ha proposto")


def decide(repair: Repair | RowRepair, state: str, actor: Actor, at: datetime) -> None:
    repair.state, repair.decided_at = state, at
    repair.decided_by_id, repair.decided_by_name = actor.user_id, actor.name
    repair.save(update_fields=["state", "decided_at", "decided_by_id", "decided_by_name"])


def put_in_force(
    repair: Repair | RowRepair, current: Repair | RowRepair | None, *,
    cents: int, cause: str, actor: Actor, at: datetime,
) -> None:  # fmt: skip
    """In the place of ``current``; ``cents`` and ``cause`` are for the books, if it is income of another kind."""
    if current is not None:
        supersede(current, at=at, actor=actor)
    decide(repair, repair.State.IN_FORCE, actor, at)
    if repair.kind == RepairKind.OTHER_INCOME and repair.service is not None:
        repair.booked = book_other_income(
            service=repair.service, amount_cents=cents, cause=cause, at=at
        )
        repair.save(update_fields=["booked"])


def supersede(repair: Repair | RowRepair, *, at: datetime, actor: Actor = PAGOPA) -> None:
    """It counts no more; what it put in the books goes back."""
    repair.state = repair.State.SUPERSEDED
    if repair.booked is not None and repair.kind == RepairKind.OPEN_CREDIT:
        repair.taken_back = take_back_collection(
            booked=repair.booked, reason=_TAKEN_BACK, actor=actor, at=at
        )
    elif repair.booked is not None:
        repair.taken_back = take_back_other_income(booked=repair.booked, at=at)
    repair.save(update_fields=["state", "taken_back"])
