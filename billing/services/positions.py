"""Chapter 3 – positions: one credit with its ways to pay, a notice number for each, and the opening of its account.

Before: loads, the public form.  After: publication, notices.  The bulk way of the same chapter is ``opening.py``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from billing.events import position_opened, position_withdrawn
from billing.models import Collection, Instalment, Position, Service, TimelineEntry, Transfer
from billing.models.ledger import Account
from billing.services.ledger import add_to_totals
from billing.services.notice_numbers import reserve_notice_numbers
from billing.services.timeline import tell
from billing.states import InstalmentState, PositionState
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused
from registry.models import Subject


class PositionRefused(Refused):
    """The credit cannot be opened or changed as asked; nothing was written."""


@dataclass(frozen=True, slots=True)
class NewInstalment:
    """``number`` 0 is the rata unica; amounts in cents, > 0."""

    number: int
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """A part of the total that has a movement of its own; ``kind`` is one of ``Transfer.Kind``, cents > 0."""

    kind: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class NewPosition:
    """A credit to open. The rate (numbers ≥ 1) add up to the total; the rata unica is worth the total.

    ``lines`` are parts of the total other than the credit itself.
    """

    reference: str
    causale: str
    year: int
    instalments: tuple[NewInstalment, ...]
    origin: str
    details: dict[str, Any] = field(default_factory=dict)
    lines: tuple[OpeningLine, ...] = ()

    @property
    def total_cents(self) -> int:
        single = [i.amount_cents for i in self.instalments if i.number == 0]
        return single[0] if single else sum(i.amount_cents for i in self.instalments)


@transaction.atomic
def open_position(
    *,
    service: Service,
    subject: Subject,
    new: NewPosition,
    segregation: str,
    actor: Actor,
    at: datetime,
) -> Position:
    """Open one credit: position, instalments with their IUV, opening transfer, first timeline fact.

    Raises PositionRefused when amounts do not add up or the reference is taken.
    """
    _check(service, new)
    position = Position.objects.create(
        service=service,
        subject=subject,
        origin=new.origin,
        reference=new.reference,
        causale=new.causale[:140],
        year=new.year,
        total_cents=new.total_cents,
        residual_cents=new.total_cents,
        next_due_on=min(i.due_on for i in new.instalments),
        details=new.details,
        opened_at=at,
    )
    numbers = reserve_notice_numbers(segregation=segregation, count=len(new.instalments))
    Instalment.objects.bulk_create(
        Instalment(
            position=position,
            number=i.number,
            amount_cents=i.amount_cents,
            due_on=i.due_on,
            iuv=n.iuv,
            notice_number=n.notice_number,
        )
        for i, n in zip(new.instalments, numbers, strict=True)
    )
    for line in _opening_lines(new):
        accounts = Account.CREDITI, Account.ACCERTATO
        move_credit(position, line.kind, *accounts, line.amount_cents, new.reference, at)
    tell(
        position_ids=[position.pk],
        kind=TimelineEntry.Kind.OPENED,
        at=at,
        actor=actor,
        reference=new.reference,
    )
    position_opened.send(sender=Position, positions=[position.pk], at=at, actor=actor)
    return position


@transaction.atomic
def withdraw_position(*, position_id: int, reason: str, actor: Actor, at: datetime) -> Position:
    """Cancel what is still owed (sgravio, sostituzione): the residual moves to ANNULLI, nothing is deleted.

    Raises PositionRefused when it is already paid or withdrawn.
    """
    if not reason.strip():
        raise PositionRefused("Per annullare serve un motivo")
    position = lock_row(Position, position_id)
    if position.state in (PositionState.SETTLED, PositionState.WITHDRAWN):
        raise PositionRefused("La posizione è già pagata o annullata: non si può annullare")
    move_credit(
        position,
        Transfer.Kind.WITHDRAWAL,
        Account.ANNULLI,
        Account.CREDITI,
        position.residual_cents,
        reason,
        at,
    )
    position.residual_cents = 0
    position.state = PositionState.WITHDRAWN
    position.withdrawn_at = at
    position.save(update_fields=["residual_cents", "state", "withdrawn_at"])
    position.instalments.exclude(state=InstalmentState.PAID).update(state=InstalmentState.WITHDRAWN)
    tell(
        position_ids=[position.pk],
        kind=TimelineEntry.Kind.WITHDRAWN,
        at=at,
        actor=actor,
        reference=reason,
    )
    record_audit(
        action="billing.position.withdrawn",
        actor=actor,
        at=at,
        subject=f"position:{position.uuid}",
        reason=reason,
    )
    position_withdrawn.send(sender=Position, position_id=position.pk, at=at)
    return position


def _opening_lines(new: NewPosition) -> list[OpeningLine]:
    """The credit itself and its other parts; together the total."""
    own = new.total_cents - sum(line.amount_cents for line in new.lines)
    if own <= 0 or any(line.amount_cents <= 0 for line in new.lines):
        raise PositionRefused("Le parti del credito non danno l'importo totale")
    return [OpeningLine(Transfer.Kind.OPENING, own), *new.lines]


def _check(service: Service, new: NewPosition) -> None:
    if not new.instalments or any(i.amount_cents <= 0 for i in new.instalments):
        raise PositionRefused("Servono uno o più importi maggiori di zero")
    rates = [i.amount_cents for i in new.instalments if i.number > 0]
    if rates and sum(rates) != new.total_cents:
        raise PositionRefused("La somma delle rate non è uguale all'importo totale")
    taken = Position.objects.filter(service=service, reference=new.reference)
    if taken.exclude(state=PositionState.WITHDRAWN).exists():
        raise PositionRefused(f"Il riferimento «{new.reference}» è già usato per {service.name}")


def move_credit(
    position: Position, kind: str, debit: str, credit: str, cents: int, cause: str, at: datetime, *,
    collection: Collection | None = None,
) -> None:  # fmt: skip
    """One transfer of a locked position, counted in the running totals; ``cents`` > 0."""
    Transfer.objects.create(
        kind=kind,
        debit=debit,
        credit=credit,
        amount_cents=cents,
        position=position,
        collection=collection,
        cause=cause,
        booked_on=at.astimezone(ROME).date(),
        created_at=at,
    )
    add_to_totals(service_id=position.service_id, kind=kind, amounts=[cents], slot=position.pk)
