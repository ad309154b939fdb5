"""Chapter 3, afterwards – an open credit is put right: amounts and due days of the ways to pay, or who owes it.

Before: an official with a reason.  After: publication, which puts the new version on pagoPA in the place of the old.
The notice numbers stay; the difference of amount is a transfer of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from billing.events import position_changed
from billing.models import Instalment, Position, TimelineEntry, Transfer
from billing.models.ledger import Account
from billing.services.positions import NewInstalment, PositionRefused, move_credit
from billing.services.timeline import tell
from billing.states import UNPAID, InstalmentState
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from registry.services.corrections import Correction, correct_subject

MOST_CENTS = 99_999_999_999  # what a notice on pagoPA may ask for


@transaction.atomic
def change_position(
    *,
    position_id: int,
    ways: Sequence[NewInstalment],
    expected_version: int,
    reason: str,
    actor: Actor,
    at: datetime,
    raised_for: str = Transfer.Kind.INCREASE,
) -> Position:
    """Give the ways that can still be paid (all of them, by number) these amounts and days. Cents.

    ``raised_for``: the kind of the movement when the credit becomes larger.
    Raises PositionRefused when nothing is owed any more, when somebody has changed it meanwhile, when the amounts do
    not agree, or when nothing would be left to pay: then it is withdrawn, not changed.
    """
    _ask_reason(reason)
    position = _lock_unpaid(position_id, expected_version)
    payable = {i.number: i for i in position.instalments.filter(state=InstalmentState.PAYABLE)}
    before = _told(payable.values())
    changed = _change_ways(payable, ways, at.astimezone(ROME).date())
    if not changed:
        raise PositionRefused("Non è cambiato nulla: importi e scadenze sono quelli di prima")
    difference = _new_total(position, payable) - position.total_cents
    _check_residual(position, difference)
    Instalment.objects.bulk_update(changed, ["amount_cents", "due_on"])
    _move_difference(position, difference, raised_for, reason, at)
    _keep(position, payable, difference)
    details = {"before": before, "after": _told(payable.values()), "difference_cents": difference}
    _tell_changed([position.pk], reason, details, actor, at)
    _audit(position, reason, actor, at, difference_cents=difference)
    return position


@transaction.atomic
def correct_debtor(
    *, subject_id: int, correction: Correction, reason: str, actor: Actor, at: datetime
) -> int:
    """Put the debtor's data right on every credit of hers. Returns how many unpaid ones are published anew.

    Raises CorrectionRefused, PositionRefused.
    """
    _ask_reason(reason)
    before, after = correct_subject(subject_id=subject_id, correction=correction)
    unpaid = Position.objects.filter(subject_id=subject_id, state__in=UNPAID)
    ids = list(unpaid.select_for_update().order_by("pk").values_list("pk", flat=True))
    Position.objects.filter(pk__in=ids).update(version=F("version") + 1)
    _tell_changed(ids, reason, {"before": before, "after": after}, actor, at)
    record_audit(
        action="billing.debtor.corrected", actor=actor, at=at,
        subject=f"subject:{subject_id}", reason=reason, fields=sorted(after),
    )  # fmt: skip
    return len(ids)


def _ask_reason(reason: str) -> None:
    if not reason.strip():
        raise PositionRefused("Per modificare serve un motivo")


def _lock_unpaid(position_id: int, expected_version: int) -> Position:
    position = lock_row(Position, position_id)
    if position.state not in UNPAID:
        raise PositionRefused("La posizione è già pagata o annullata: non si può modificare")
    if position.version != expected_version:
        raise PositionRefused(
            "Nel frattempo la posizione è stata modificata da altri: rileggerla e riprovare"
        )
    return position


def _change_ways(
    payable: dict[int, Instalment], ways: Sequence[NewInstalment], today: date
) -> list[Instalment]:
    """The instalments that become different."""
    if not payable:
        raise PositionRefused("Nessun avviso di questa posizione si può ancora pagare")
    if {way.number for way in ways} != set(payable) or len(ways) != len(payable):
        raise PositionRefused("Nel frattempo sono cambiati i modi di pagare: rileggere e riprovare")
    changed = []
    for way in ways:
        if not 0 < way.amount_cents <= MOST_CENTS:
            raise PositionRefused("Ogni importo deve essere maggiore di zero")
        instalment = payable[way.number]
        if way.due_on < today and way.due_on != instalment.due_on:
            raise PositionRefused("La nuova scadenza è già passata")
        if (instalment.amount_cents, instalment.due_on) != (way.amount_cents, way.due_on):
            instalment.amount_cents, instalment.due_on = way.amount_cents, way.due_on
            changed.append(instalment)
    return changed


def _new_total(position: Position, payable: dict[int, Instalment]) -> int:
    """What the rata unica says; the rate, with those already paid, must say the same."""
    kept = position.instalments.filter(number__gt=0).exclude(number__in=payable)
    rates = [i.amount_cents for i in kept] + [
        i.amount_cents for i in payable.values() if i.number > 0
    ]
    whole = payable[0].amount_cents if 0 in payable else sum(rates)
    if rates and sum(rates) != whole:
        raise PositionRefused("La somma delle rate non è uguale all'importo della rata unica")
    return whole


def _check_residual(position: Position, difference: int) -> None:
    if position.residual_cents + difference <= 0:
        raise PositionRefused(
            "Così non resterebbe nulla da pagare: la posizione va annullata, non modificata"
        )


def _move_difference(
    position: Position, difference: int, raised_for: str, reason: str, at: datetime
) -> None:
    kind, debit, credit = raised_for, Account.CREDITI, Account.ACCERTATO
    if difference < 0:
        kind, debit, credit = Transfer.Kind.DECREASE.value, Account.ANNULLI, Account.CREDITI
    if difference:
        move_credit(position, kind, debit, credit, abs(difference), reason, at)


def _keep(position: Position, payable: dict[int, Instalment], difference: int) -> None:
    position.total_cents += difference
    position.residual_cents += difference
    position.next_due_on = min(i.due_on for i in payable.values())
    position.version += 1
    position.save(update_fields=["total_cents", "residual_cents", "next_due_on", "version"])


def _told(instalments: Iterable[Instalment]) -> list[dict[str, Any]]:
    return [
        {"number": i.number, "amount_cents": i.amount_cents, "due_on": i.due_on.isoformat()}
        for i in sorted(instalments, key=lambda one: one.number)
    ]


def _tell_changed(
    ids: list[int], reason: str, details: dict[str, Any], actor: Actor, at: datetime
) -> None:
    kind = TimelineEntry.Kind.CHANGED
    tell(position_ids=ids, kind=kind, at=at, actor=actor, reference=reason, **details)
    position_changed.send(sender=Position, positions=ids, at=at)


def _audit(position: Position, reason: str, actor: Actor, at: datetime, **details: Any) -> None:
    record_audit(
        action="billing.position.changed", actor=actor, at=at,
        subject=f"position:{position.uuid}", reason=reason, version=position.version, **details,
    )  # fmt: skip
