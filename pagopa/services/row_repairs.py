"""Chapter 8 – repairs of a row of a flow: a person matches it to a receipt, loosens it, or says what else it is.

Each is reversible and audited; one that changes what is explained by what waits for a second person.
Before: the queues of rows.  After: ``row_labels``; a late receipt is stronger than a word said without it.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from billing.models import Collection, Service
from pagopa.labels import PAID_OUTCOMES, RepairKind, RowLabel
from pagopa.models import Flow, FlowRow, Receipt, RowRepair
from pagopa.services.row_labels import (
    label_rows_again,
    label_special_rows,
    repairs_in_force,
    rows_of,
    written_in,
)
from pagopa.services.treasury_matching import label_singles_again, lock_treasury
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

_TIED = (RowLabel.RT_IUF, RowLabel.AMOUNT_DIFFERS, RowLabel.TWICE, RowLabel.BY_HAND)
_WITHOUT_RECEIPT = (RepairKind.NOT_OURS, RepairKind.OTHER_INCOME)


@transaction.atomic
def propose_row_repair(
    *, row_id: int, kind: RepairKind, reason: str, actor: Actor, at: datetime,
    receipt: Receipt | None = None, service: Service | None = None,
) -> RowRepair:  # fmt: skip
    """In force at once, or proposed when it moves money between explanations. Raises RepairRefused."""
    lock_treasury()
    row = lock_row(FlowRow, row_id)
    reason, current = check_reason(reason), _open(row, RowRepair.State.IN_FORCE)
    if _open(row, RowRepair.State.PROPOSED) is not None:
        raise RepairRefused("C'è già una correzione in attesa: confermarla o respingerla prima")
    check_service(kind, service)
    _check(row, kind, receipt, current)
    repair = RowRepair.objects.create(
        **written_in(row), receipt=receipt, kind=kind, service=service,
        state=RowRepair.State.PROPOSED, reason=reason, asked_at=at,
        asked_by_id=actor.user_id, asked_by_name=actor.name,
    )  # fmt: skip
    _record(repair, "proposed", actor, at)
    if not needs_second(kind, current):
        _put_in_force(repair, row, current, actor, at)
    return repair


@transaction.atomic
def confirm_row_repair(*, repair_id: int, actor: Actor, at: datetime) -> RowRepair:
    """Only by another person than who asked for it. Raises RepairRefused."""
    lock_treasury()
    repair = lock_proposed(RowRepair, repair_id)
    check_second(repair, actor)
    rows = rows_of(repair)
    if not rows:
        raise RepairRefused("Una revisione del flusso ha tolto questa riga: respingere la proposta")
    current = _open(rows[0], RowRepair.State.IN_FORCE)
    _check(rows[0], RepairKind(repair.kind), repair.receipt, current)
    _put_in_force(repair, rows[0], current, actor, at)
    return repair


@transaction.atomic
def refuse_row_repair(*, repair_id: int, actor: Actor, at: datetime) -> RowRepair:
    """By the second person, or by the first who thought again. Raises RepairRefused."""
    repair = lock_proposed(RowRepair, repair_id)
    decide(repair, RowRepair.State.REFUSED, actor, at)
    _record(repair, "refused", actor, at)
    return repair


def settle_rows(*, flow: Flow, at: datetime) -> None:
    """After a flow was stored: words about rows that it no longer has fall; special rows are labelled again."""
    for said in repairs_in_force(flow):
        if not rows_of(said):
            drop_row_repair(said, at=at)
    label_special_rows(flow)


def drop_row_repair(said: RowRepair, *, at: datetime) -> None:
    """What it was said of has changed: it counts no more, and the trail says so."""
    supersede(said, at=at)
    _record(said, "dropped", PAGOPA, at)


def rows_without_receipt(rows: Iterable[FlowRow], *, at: datetime) -> list[FlowRow]:
    """The rows a late receipt may take: what was said of them for want of a receipt falls."""
    free = []
    for row in rows:
        said = _open(row, RowRepair.State.IN_FORCE)
        if said is not None and said.kind in _WITHOUT_RECEIPT:
            drop_row_repair(said, at=at)
        if said is None or said.kind in (*_WITHOUT_RECEIPT, RepairKind.RESTORE):
            free.append(row)
    return free


def _check(
    row: FlowRow, kind: RepairKind, receipt: Receipt | None, current: RowRepair | None
) -> None:
    """Raises RepairRefused."""
    if kind == RepairKind.OPEN_CREDIT:
        raise RepairRefused(
            "Una riga di flusso non si apre come credito: si registra come altra entrata"
        )
    if kind == RepairKind.SPLIT or (receipt is not None) != (kind == RepairKind.MATCH):
        raise RepairRefused("Indicare la ricevuta da abbinare alla riga")
    if row.outcome not in PAID_OUTCOMES and kind in (RepairKind.MATCH, RepairKind.OTHER_INCOME):
        raise RepairRefused("La riga non dice che il pagamento è stato riversato")
    if FlowRow.objects.filter(**written_in(row)).count() > 1:
        raise RepairRefused("Il flusso ha due righe identiche: chiedere al PSP di correggerlo")
    check_undo(kind, current)
    if kind == RepairKind.UNMATCH and row.label not in _TIED:
        raise RepairRefused("Questa riga non è abbinata ad alcuna ricevuta")
    if kind in _WITHOUT_RECEIPT and row.label in _TIED:
        raise RepairRefused("Questa riga ha la sua ricevuta: sciogliere prima l'abbinamento")
    if kind == RepairKind.MATCH and row.label in (RowLabel.RT_IUF, RowLabel.BY_HAND):
        raise RepairRefused("Questa riga è già abbinata: sciogliere prima l'abbinamento")
    booked = Collection.objects.filter(channel=Collection.Channel.PAGOPA, reference=row.iur)
    if kind == RepairKind.OTHER_INCOME and booked.exists():
        raise RepairRefused("Il pagamento di questa riga è già fra gli incassi")
    if receipt is not None:
        _check_receipt(row, receipt)


def _check_receipt(row: FlowRow, receipt: Receipt) -> None:
    """A receipt is paid over once, and never for more than it is worth."""
    reported = FlowRow.objects.filter(receipt_id=receipt.pk, outcome__in=PAID_OUTCOMES)
    room = receipt.amount_cents - sum(other.amount_cents for other in reported.exclude(pk=row.pk))
    if row.amount_cents > room:
        raise RepairRefused(
            f"Della ricevuta {receipt.receipt_id} restano da riversare {format_euro(max(0, room))} €"
        )


def _put_in_force(
    repair: RowRepair, row: FlowRow, current: RowRepair | None, actor: Actor, at: datetime
) -> None:
    freed = row.receipt_id
    put_in_force(
        repair, current, cents=row.amount_cents, cause=f"flusso {repair.flow.identifier}, {row.iuv}",
        actor=actor, at=at,
    )  # fmt: skip
    label_rows_again([row])
    touched = [pk for pk in (freed, row.receipt_id) if pk is not None]
    others = FlowRow.objects.filter(receipt_id__in=touched).exclude(pk=row.pk)
    label_rows_again(others.order_by("flow_id", "index"))
    label_singles_again()
    _record(repair, "in_force", actor, at)


def _open(row: FlowRow, state: str) -> RowRepair | None:
    return RowRepair.objects.filter(**written_in(row), state=state).first()


def _record(repair: RowRepair, what: str, actor: Actor, at: datetime) -> None:
    record_audit(
        action=f"pagopa.row_repair.{what}",
        actor=actor,
        at=at,
        subject=f"flow:{repair.flow.identifier}:{repair.iuv}",
        repair=str(repair.uuid),
        kind=repair.kind,
    )
