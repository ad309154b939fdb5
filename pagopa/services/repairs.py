"""Chapter 8 – repairs: what a person says of a credit of the treasurer, on top of what the causale says.

Each is reversible and audited; one that changes what is explained by what waits for a second person.
Before: the queues of reconciliation.  After: the books.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from billing.models import Service
from billing.services.desk_credits import open_and_collect
from pagopa.labels import MONEY_MOVING, CreditLabel, RepairKind
from pagopa.models import Flow, Receipt, Repair, RepairPart, TreasuryCredit
from pagopa.selectors.coverage import room_of_flow, room_of_receipt
from pagopa.services.opened_credits import (
    OpenedFor,
    arrived_credit,
    check_debtor,
    segregation_here,
)
from pagopa.services.treasury_matching import (
    label_again,
    label_found,
    label_singles_again,
    lock_treasury,
)
from pagopa.services.two_persons import (
    RepairRefused,
    check_reason,
    check_second,
    check_service,
    check_undo,
    decide,
    lock_proposed,
    needs_second,
    put_in_force,
    supersede,
)
from paybox.kernel.actor import PAGOPA, Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.money import format_euro

_MATCHED = (CreditLabel.RT_IUF_TES, CreditLabel.RT_TES, CreditLabel.BY_HAND)
_LOOSABLE = (*_MATCHED, CreditLabel.IUF_TES_DIV_IMP, CreditLabel.RT_TES_DIV_IMP)
_PARTED = (RepairKind.MATCH, RepairKind.SPLIT)


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the credit, in cents > 0, and the one thing that it pays."""

    amount_cents: int
    flow: Flow | None = None
    receipt: Receipt | None = None


@transaction.atomic
def propose_repair(
    *, credit_id: int, kind: RepairKind, reason: str, actor: Actor, at: datetime,
    parts: Sequence[Part] = (), service: Service | None = None, debtor: OpenedFor | None = None,
) -> Repair:  # fmt: skip
    """In force at once, or proposed when it moves money between explanations. Raises RepairRefused."""
    lock_treasury()
    credit = lock_row(TreasuryCredit, credit_id)
    reason, current = check_reason(reason), _in_force(credit)
    if credit.repairs.filter(state=Repair.State.PROPOSED).exists():
        raise RepairRefused("C'è già una correzione in attesa: confermarla o respingerla prima")
    check_service(kind, service)
    check_debtor(kind, debtor)
    _check(credit, kind, parts, current)
    repair = Repair.objects.create(
        credit=credit, kind=kind, service=service, state=Repair.State.PROPOSED, reason=reason,
        asked_at=at, asked_by_id=actor.user_id, asked_by_name=actor.name,
        debtor=asdict(debtor) if debtor else {},
    )  # fmt: skip
    RepairPart.objects.bulk_create(
        RepairPart(repair=repair, flow=p.flow, receipt=p.receipt, amount_cents=p.amount_cents)
        for p in parts
    )
    _record(repair, "proposed", actor, at)
    if not needs_second(kind, current):
        _put_in_force(repair, credit, current, actor, at)
    return repair


@transaction.atomic
def confirm_repair(*, repair_id: int, actor: Actor, at: datetime) -> Repair:
    """Only by another person than who asked for it. Raises RepairRefused."""
    lock_treasury()
    repair = lock_proposed(Repair, repair_id)
    check_second(repair, actor)
    credit = lock_row(TreasuryCredit, repair.credit_id)
    current = _in_force(credit)
    parts = [
        Part(p.amount_cents, p.flow, p.receipt)
        for p in repair.parts.select_related("flow", "receipt")
    ]
    _check(credit, RepairKind(repair.kind), parts, current)
    _put_in_force(repair, credit, current, actor, at)
    return repair


@transaction.atomic
def refuse_repair(*, repair_id: int, actor: Actor, at: datetime) -> Repair:
    """By the second person, or by the first who thought again. Raises RepairRefused."""
    repair = lock_proposed(Repair, repair_id)
    decide(repair, Repair.State.REFUSED, actor, at)
    _record(repair, "refused", actor, at)
    return repair


def _check(
    credit: TreasuryCredit, kind: RepairKind, parts: Sequence[Part], current: Repair | None
) -> None:
    """Raises RepairRefused."""
    if credit.net_cents <= 0:
        raise RepairRefused("Il tesoriere ha stornato questo accredito: non c'è nulla da spiegare")
    if bool(parts) != (kind in _PARTED):
        raise RepairRefused("Indicare almeno un flusso o una ricevuta da abbinare")
    check_undo(kind, current)
    if kind == RepairKind.UNMATCH and credit.label not in _LOOSABLE:
        raise RepairRefused("Questo accredito non è abbinato a nulla")
    if kind not in (RepairKind.UNMATCH, RepairKind.RESTORE) and credit.label in _MATCHED:
        raise RepairRefused("Questo accredito è già spiegato: sciogliere prima l'abbinamento")
    if parts:
        _check_parts(credit, kind, parts)


def _check_parts(credit: TreasuryCredit, kind: RepairKind, parts: Sequence[Part]) -> None:
    if (kind == RepairKind.MATCH) != (len(parts) == 1):
        raise RepairRefused("Un abbinamento ha una sola parte, una divisione almeno due")
    if len({(p.flow, p.receipt) for p in parts}) != len(parts):
        raise RepairRefused("Lo stesso flusso o la stessa ricevuta compare due volte")
    total = sum(part.amount_cents for part in parts)
    if total != credit.net_cents:
        raise RepairRefused(
            f"Le parti fanno {format_euro(total)} €, l'accredito è di {format_euro(credit.net_cents)} €"
        )
    for part in parts:
        _check_room(part, credit)


def _check_room(part: Part, credit: TreasuryCredit) -> None:
    if part.flow is not None:
        name, room = f"il flusso {part.flow.identifier}", room_of_flow(part.flow, besides=credit)
    elif part.receipt is not None:
        name = f"la ricevuta {part.receipt.receipt_id}"
        room = room_of_receipt(part.receipt, besides=credit)
    else:
        raise RepairRefused("Ogni parte indica un flusso o una ricevuta")
    if not 0 < part.amount_cents <= room:
        raise RepairRefused(f"Per {name} restano da coprire {format_euro(room)} €")


def _put_in_force(
    repair: Repair, credit: TreasuryCredit, current: Repair | None, actor: Actor, at: datetime
) -> None:
    """Label the credit by it; what it frees may explain other credits."""
    freed = credit.flow
    put_in_force(
        repair, current, cents=credit.net_cents, cause=f"provvisorio {credit.reference}",
        actor=actor, at=at,
    )  # fmt: skip
    if repair.kind == RepairKind.OPEN_CREDIT and repair.service is not None:
        repair.booked = open_and_collect(
            service=repair.service, arrived=arrived_credit(repair, credit),
            segregation=segregation_here(), actor=actor, at=at,
        )  # fmt: skip
        repair.save(update_fields=["booked"])
    label_found(credit)
    flows = {freed, *(p.flow for r in (repair, current) if r for p in r.parts.all())}
    for flow in sorted((f for f in flows if f is not None), key=lambda f: f.pk):
        label_again(flow)
    label_singles_again()
    _record(repair, "in_force", actor, at)


def drop_money_repairs(credit: TreasuryCredit, *, at: datetime) -> None:
    """The treasurer has taken money back: what was said of the whole of it falls, and leaves the books."""
    words = credit.repairs.filter(state__in=[Repair.State.IN_FORCE, Repair.State.PROPOSED])
    for repair in words.filter(kind__in=MONEY_MOVING).select_related("booked__service"):
        supersede(repair, at=at)
        _record(repair, "dropped", PAGOPA, at)


def _in_force(credit: TreasuryCredit) -> Repair | None:
    return credit.repairs.filter(state=Repair.State.IN_FORCE).first()


def _record(repair: Repair, what: str, actor: Actor, at: datetime) -> None:
    record_audit(
        action=f"pagopa.repair.{what}",
        actor=actor,
        at=at,
        subject=f"treasury:{repair.credit.reference}",
        repair=str(repair.uuid),
        kind=repair.kind,
    )
