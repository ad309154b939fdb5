"""Chapter 7, before the collection – what serving an act cost, put on the credit when whoever served it says how much.

Before: SEND tells what a notification has cost so far.  After: the debt is that much larger, by a movement of its own. Who
raises the notice depends on who answers pagoPA: the Ente (the notice itself asks for more and is published anew), or pagoPA's
own archive, where SEND adds its costs and the Ente must not. Source: D.M. 30-5-2022, art. 5; GPD, ``notificationFee``.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from billing.models import Collection, Instalment, Position, TimelineEntry, Transfer
from billing.models.ledger import Account
from billing.services.changes import change_position
from billing.services.positions import NewInstalment, move_credit
from billing.services.timeline import tell
from billing.states import UNPAID, InstalmentState
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row
from paybox.kernel.money import format_euro

FEE_CAUSE = "Notifica SEND "  # with its IUN: the cause of every movement of such costs


@transaction.atomic
def charge_fee(
    *, notice_number: str, cents: int, asked_by_us: bool, iun: str, actor: Actor, at: datetime
) -> bool:
    """Make the debt ``cents`` larger (smaller, when negative) for serving an act. ``iun``: its notification at SEND.

    ``asked_by_us``: the notice itself asks for it; else pagoPA adds it by itself. False: the notice can
    no longer change, nothing was written but a note.
    """
    cause = f"{FEE_CAUSE}{iun}"
    found = Instalment.objects.values_list("position_id", flat=True)
    position = lock_row(Position, found.get(notice_number=notice_number))
    instalment = position.instalments.get(notice_number=notice_number)
    if _may_change(position, instalment, cents):
        if asked_by_us:
            _raise_notice(position, instalment, cents, cause, actor, at)
            return True
        _raise_debt(position, instalment, cents, cause, at)
        words = "li aggiunge pagoPA all'avviso"
    elif _came_already(position, instalment, cents, cause, at):
        words = "erano già nel pagamento"
    else:
        _tell(position, cents, cause, "l'importo dell'avviso non si può più cambiare", actor, at)
        return False
    _tell(position, cents, cause, words, actor, at)
    return True


def _may_change(position: Position, instalment: Instalment, cents: int) -> bool:
    owed = position.state in UNPAID and position.residual_cents + cents > 0
    return owed and instalment.state == InstalmentState.PAYABLE


def _raise_notice(
    position: Position, instalment: Instalment, cents: int, cause: str, actor: Actor, at: datetime
) -> None:
    payable = list(position.instalments.filter(state=InstalmentState.PAYABLE).order_by("number"))
    raised = _raised_together(payable, instalment)
    ways = [
        NewInstalment(one.number, one.due_on, one.amount_cents + cents * (one.number in raised))
        for one in payable
    ]
    change_position(
        position_id=position.pk, ways=ways, expected_version=position.version, reason=cause, actor=actor, at=at,
        raised_for=Transfer.Kind.SERVICE_COSTS,
    )  # fmt: skip


def _raised_together(payable: Sequence[Instalment], instalment: Instalment) -> set[int]:
    """The rate and the rata unica must say the same: one of the others is raised with it."""
    if instalment.number:
        return {instalment.number, 0}
    return {0, *[one.number for one in payable if one.number][:1]}


def _raise_debt(
    position: Position, instalment: Instalment, cents: int, cause: str, at: datetime
) -> None:
    _move(position, cents, cause, at)
    position.residual_cents += cents
    position.accrued_cents += cents
    position.save(update_fields=["residual_cents", "accrued_cents"])
    instalment.fee_cents += cents
    instalment.save(update_fields=["fee_cents"])


def _came_already(
    position: Position, instalment: Instalment, cents: int, cause: str, at: datetime
) -> bool:
    """Whether it was paid with the notice before anybody told us of it: then it is not money too much."""
    paid = position.collections.filter(
        notice_number=instalment.notice_number, excess_cents__gte=cents
    )
    collection = paid.order_by("pk").last()
    if collection is None or cents <= 0 or _given(collection) + cents > collection.excess_cents:
        return False
    _move(position, cents, cause, at)
    accounts = Account.ECCEDENZE, Account.CREDITI
    kind = Transfer.Kind.ATTRIBUTION
    move_credit(position, kind, *accounts, cents, collection.reference, at, collection=collection)
    position.accrued_cents += cents
    position.save(update_fields=["accrued_cents"])
    instalment.fee_cents += cents
    instalment.save(update_fields=["fee_cents"])
    return True


def _given(collection: Collection) -> int:
    moved = collection.transfers.filter(kind=Transfer.Kind.ATTRIBUTION)
    return sum(moved.values_list("amount_cents", flat=True))


def _move(position: Position, cents: int, cause: str, at: datetime) -> None:
    kind, debit, credit = Transfer.Kind.SERVICE_COSTS, Account.CREDITI, Account.ACCERTATO
    if cents < 0:
        kind, debit, credit = Transfer.Kind.DECREASE, Account.ANNULLI, Account.CREDITI
    move_credit(position, kind, debit, credit, abs(cents), cause, at)


def _tell(
    position: Position, cents: int, cause: str, words: str, actor: Actor, at: datetime
) -> None:
    tell(
        position_ids=[position.pk], kind=TimelineEntry.Kind.NOTE, at=at, actor=actor, reference=cause,
        amount_cents=cents, text=f"{format_euro(cents)} € di costi di notifica: {words}",
    )  # fmt: skip
