"""Chapter 9e – telephone: promises looked at again with the money that came: kept, in part, broken; and what follows.

Before: ``phone_promises``, collections.  After: reminders go again, the attention grows, the office is asked.
"""

from datetime import date, datetime, timedelta

from django.db import transaction

from dunning.models import PhoneFile, PhonePromise, PhoneTask
from dunning.rules.phone_ends import FileState
from dunning.rules.promises import PromiseState, may_promise, promise_state
from dunning.selectors.phone import broken_of, owed_by, payments_for
from dunning.services.phone_files import (
    call_again,
    end_file,
    ending_now,
    lift_holds,
    note_file,
    open_task,
    refresh_file,
)
from paybox.kernel.actor import SYSTEM
from paybox.kernel.locking import lock_row

KNOWN_LATE = timedelta(days=60)  # a payment told late still makes a promise kept


def settle_promises(*, at: datetime, today: date) -> int:
    """Each promise that waits, or that late money may have kept after all. Returns how many changed."""
    waiting = PhonePromise.objects.filter(state=PhonePromise.State.PENDING)
    late = PhonePromise.objects.filter(
        state__in=[PhonePromise.State.BROKEN, PhonePromise.State.PARTIAL],
        last_on__gte=today - KNOWN_LATE, file__state=FileState.OPEN.value,
    )  # fmt: skip
    ids = (waiting | late).order_by("pk").values_list("pk", flat=True)
    return sum(_settle(pk, at, today) for pk in list(ids))


@transaction.atomic
def _settle(promise_id: int, at: datetime, today: date) -> bool:
    promise = PhonePromise.objects.get(pk=promise_id)
    file = lock_row(PhoneFile, promise.file_id)
    promise = lock_row(PhonePromise, promise_id)
    if promise.state in (PhonePromise.State.KEPT, PhonePromise.State.WITHDRAWN):
        return False
    state, paid = promise_state(
        amount_cents=promise.amount_cents, promised_on=promise.promised_on, last_on=promise.last_on,
        paid=payments_for(file), today=today,
    )  # fmt: skip
    if (promise.state, promise.paid_cents) == (state.value, paid):
        return False
    before, promise.state, promise.paid_cents = promise.state, state.value, paid
    promise.settled_at = None if state is PromiseState.PENDING else at
    promise.save()
    if before != promise.state:
        _follow(file, promise, state, at, today)
    return True


def _follow(
    file: PhoneFile, promise: PhonePromise, state: PromiseState, at: datetime, today: date
) -> None:
    lift_holds(hold_ids=promise.hold_ids, at=at)
    note_file("promise_settled", file, SYSTEM, at, state=state.value, paid_cents=promise.paid_cents)
    if file.state != FileState.OPEN.value:
        return
    refresh_file(file, today=today)
    if owed_by(file).residual_cents <= 0:
        ended, reason = ending_now(file, on=today)
        end_file(file, state=ended, reason=reason, actor=SYSTEM, at=at)
        return
    call_again(file, at)
    if state is PromiseState.BROKEN and not may_promise(
        broken=broken_of(file), allowed=file.extra_promises
    ):
        open_task(file=file, kind=PhoneTask.Kind.SUPERVISOR, call_id=promise.call_id, hold_ids=[], at=at)  # fmt: skip
