"""Chapter 1, second half – a staged load is confirmed, in chunks that survive a kill, or undone.

Before: ``staging.stage_load``.  After: publication and notices, told by ``position_opened``.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from billing.models import Load, LoadRow
from billing.services.opening import Credit, open_credits, open_totals
from billing.services.positions import withdraw_position
from billing.states import PositionState
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name, lock_row
from paybox.kernel.problems import Refused
from registry.services.subjects import SubjectData

CHUNK = 5_000


class LoadRefused(Refused):
    """The load cannot be confirmed or undone now; nothing was changed."""


def confirm_load(*, load_id: int, segregation: str, actor: Actor, at: datetime) -> Load:
    """Open every accepted credit of the load. Killed half-way it goes on from its last chunk; twice does no harm.

    Raises LoadRefused when the load was undone.
    """
    while confirm_next_chunk(load_id=load_id, segregation=segregation, actor=actor, at=at):
        pass
    return Load.objects.get(pk=load_id)


@transaction.atomic
def confirm_next_chunk(*, load_id: int, segregation: str, actor: Actor, at: datetime) -> bool:
    """Open the next credits in one transaction. False when there was nothing left to do."""
    load = lock_row(Load, load_id)
    if load.state == Load.State.UNDONE:
        raise LoadRefused(
            "Il caricamento è stato annullato: per riprovare caricare di nuovo il file"
        )
    if load.state == Load.State.CONFIRMED:
        return False
    rows = list(
        LoadRow.objects.filter(load=load, state=LoadRow.State.ACCEPTED, pk__gt=load.loaded_through)
        .order_by("pk")[:CHUNK]
        .values_list("pk", "reference", "data")
    )
    if not rows:
        _finish(load, actor, at)
        return False
    credits = _not_opened_yet(load, [credit_of(reference, data) for _, reference, data in rows])
    open_credits(load=load, credits=credits, segregation=segregation, actor=actor, at=at)
    load.state = Load.State.CONFIRMING
    load.loaded_through = rows[-1][0]
    load.loaded_positions += len(credits)
    load.save(update_fields=["state", "loaded_through", "loaded_positions"])
    return True


def undo_load(*, load_id: int, actor: Actor, at: datetime) -> Load:
    """Withdraw every credit of the load, while none is paid or noticed. Raises LoadRefused."""
    with transaction.atomic():
        load = lock_row(Load, load_id)
        if load.state not in (Load.State.CONFIRMED, Load.State.STAGED):
            raise LoadRefused("Si annulla solo un caricamento in esame o concluso")
        touched = load.positions.exclude(
            state=PositionState.OPEN, noticed_at__isnull=True, paid_at__isnull=True
        ).exclude(state=PositionState.WITHDRAWN)
        if touched.exists():
            raise LoadRefused(
                "Il caricamento non si può più annullare: alcune posizioni sono già pagate o avvisate. "
                "Si annullano una per una, con il loro motivo."
            )
        ids = list(
            load.positions.exclude(state=PositionState.WITHDRAWN).values_list("pk", flat=True)
        )
        for position_id in ids:
            withdraw_position(
                position_id=position_id, reason="caricamento annullato", actor=actor, at=at
            )
        load.state = Load.State.UNDONE
        load.save(update_fields=["state"])
        record_audit(
            action="billing.load.undone",
            actor=actor,
            at=at,
            subject=f"load:{load.uuid}",
            positions=len(ids),
        )
    return load


def credit_of(reference: str, data: dict[str, Any]) -> Credit:
    """What ``staging`` wrote, as a credit to open."""
    return Credit(
        reference=reference,
        subject=SubjectData(*data["s"]),
        causale=data["c"],
        year=data["y"],
        ways=tuple(
            (number, date.fromisoformat(due_on), cents) for number, due_on, cents in data["w"]
        ),
    )


def _not_opened_yet(load: Load, credits: Sequence[Credit]) -> list[Credit]:
    """Somebody may have opened the same credit since the file was staged: it is not opened twice."""
    lock_name(f"opening/{load.service_id}")
    references = [credit.reference for credit in credits]
    taken = open_totals(service_id=load.service_id, references=references)
    return [credit for credit in credits if credit.reference not in taken]


def _finish(load: Load, actor: Actor, at: datetime) -> None:
    load.state = Load.State.CONFIRMED
    load.confirmed_at = at
    load.save(update_fields=["state", "confirmed_at"])
    record_audit(
        action="billing.load.confirmed", actor=actor, at=at, subject=f"load:{load.uuid}",
        positions=load.loaded_positions,
    )  # fmt: skip
