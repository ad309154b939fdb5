"""Chapter 9e – telephone: promises to pay, made, awaited, found kept or broken by the money that came.

Before: a conversation.  After: the other reminders wait for at most fifteen days; broken ones make the attention grow, and
from the second on an official decides whether another is accepted.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from dunning.models import Hold, PhoneCall, PhoneFile, PhonePromise
from dunning.rules.phone_limits import PhoneRules
from dunning.rules.promises import FARTHEST, last_good_day, may_promise, paused_until
from dunning.selectors.phone import broken_of, owed_by
from dunning.services.phone_files import (
    call_again,
    hold_debts,
    lift_holds,
    note_file,
    pending_promise,
)
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row

_OPENS = time(9)


@dataclass(frozen=True, slots=True)
class Promised:
    """Cents, the day, and how (a ``PhonePromise.Method``)."""

    amount_cents: int
    due_on: date
    method: str


def make_promise(
    *, file: PhoneFile, call: PhoneCall, promised: Promised, actor: Actor, at: datetime, rules: PhoneRules
) -> PhonePromise:  # fmt: skip
    """Write it, stop the other reminders, and come back when its days are over. Inside the call's transaction.

    Raises PhoneRefused.
    """
    on = at.astimezone(ROME).date()
    _check(file, promised, on)
    patron = rules.hours.patron if rules.hours else None
    last_on = last_good_day(promised.due_on, grace_days=file.campaign.grace_days, patron=patron)
    holds = hold_debts(
        file=file, reason=Hold.Reason.PROMISE, since=on, until=paused_until(promised_on=on, last_on=last_on),
        note=f"Promessa al telefono per il {promised.due_on:%d/%m/%Y}", actor=actor, at=at,
    )  # fmt: skip
    made = PhonePromise.objects.create(
        file=file, call=call, amount_cents=promised.amount_cents, due_on=promised.due_on, last_on=last_on,
        method=promised.method, promised_on=on, hold_ids=holds,
    )  # fmt: skip
    file.next_call_at = datetime.combine(last_on + timedelta(days=1), _OPENS, tzinfo=ROME)
    file.save(update_fields=["next_call_at"])
    return made


@transaction.atomic
def withdraw_promise(*, promise_id: int, actor: Actor, at: datetime) -> PhonePromise:
    """She takes it back, or it was written by mistake: reminders go again. Raises PhoneRefused."""
    promise = PhonePromise.objects.get(pk=promise_id)
    file = lock_row(PhoneFile, promise.file_id)
    promise = lock_row(PhonePromise, promise_id)
    if promise.state != PhonePromise.State.PENDING:
        raise PhoneRefused("La promessa non è più in attesa")
    promise.state, promise.withdrawn_at, promise.withdrawn_by = PhonePromise.State.WITHDRAWN, at, actor.name  # fmt: skip
    promise.settled_at = at
    promise.save()
    lift_holds(hold_ids=promise.hold_ids, at=at)
    call_again(file, at)
    note_file("promise_withdrawn", file, actor, at)
    return promise


def _check(file: PhoneFile, promised: Promised, on: date) -> None:
    residual = owed_by(file).residual_cents
    if pending_promise(file) is not None:
        raise PhoneRefused("C'è già una promessa in attesa: prima va ritirata")
    if not may_promise(broken=broken_of(file), allowed=file.extra_promises):
        raise PhoneRefused("Ha già disatteso due promesse: per un'altra serve l'autorizzazione dell'ufficio")  # fmt: skip
    if not on <= promised.due_on <= on + FARTHEST:
        raise PhoneRefused("Il giorno promesso va da oggi a 60 giorni")
    if not 0 < promised.amount_cents <= residual:
        raise PhoneRefused("L'importo promesso va da un centesimo al residuo")
    if promised.method not in PhonePromise.Method.values:
        raise PhoneRefused("Scegliere come pagherà")
