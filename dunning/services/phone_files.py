"""Chapter 9e – telephone: what changes in a file whoever changes it: its place in the list, its pauses, its end.

Before: a call, a payment, a decision of the office.  After: the list, the holds and the hand-back say the same.
"""

from collections.abc import Iterable
from datetime import date, datetime

from dunning.models import Hold, PhoneFile, PhonePromise, PhoneTask
from dunning.rules.phone_ends import Ending, FileState, ending_of
from dunning.rules.phone_limits import PhoneRules, next_allowed
from dunning.rules.phone_outcomes import Called
from dunning.rules.phone_priority import expected_cents
from dunning.rules.phone_times import best_moment
from dunning.rules.promises import attention
from dunning.selectors.phone import broken_of, current_ids, owed_by, worth_facts
from dunning.selectors.phone_calls import outcomes_of, past_of, tried_of
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit


def note_file(verb: str, file: PhoneFile, actor: Actor, at: datetime, **details: object) -> None:
    """The trace of a file: also who opened it and who read its notes."""
    record_audit(
        action=f"dunning.phone.{verb}", actor=actor, at=at, subject=f"phonefile:{file.uuid}", **details
    )  # fmt: skip


def hold_debts(
    *, file: PhoneFile, reason: str, note: str, since: date, until: date | None, actor: Actor, at: datetime
) -> list[int]:  # fmt: skip
    """No message for these debts; of who has died, for any debt of hers. Returns the holds. Inside a transaction."""
    whole = reason == Hold.Reason.DEATH
    made = [
        Hold.objects.create(
            subject_id=file.subject_id, position_id=position_id, reason=reason, note=note, since=since, until=until,
            actor_name=actor.name, created_at=at,
        )
        for position_id in ([None] if whole else current_ids(file))
    ]  # fmt: skip
    return [hold.pk for hold in made]


def lift_holds(*, hold_ids: Iterable[int], at: datetime) -> None:
    """Messages may go again. Those lifted already stay as they are."""
    Hold.objects.filter(pk__in=list(hold_ids), lifted_at__isnull=True).update(lifted_at=at)


def set_next_call(
    file: PhoneFile, *, not_before: datetime | None, exact: bool, rules: PhoneRules
) -> bool:
    """The best moment the limits allow from then on (``exact``: the first); None: somebody else decides.

    False when no more calls are allowed.
    """
    file.next_call_at = None
    if not_before is not None:
        tried = [] if exact else tried_of(file)
        best = best_moment(tried, not_before=not_before, hours=rules.hours)
        file.next_call_at = next_allowed(past_of(file), at=best, rules=rules)
    file.save(update_fields=["next_call_at"])
    return not_before is None or file.next_call_at is not None


def refresh_file(file: PhoneFile, *, today: date) -> None:
    """Its place in the list and the attention it asks for."""
    facts = worth_facts(file, residual_cents=owed_by(file).residual_cents, today=today)
    refused = outcomes_of(file).count(Called.REFUSES)
    file.expected_cents = expected_cents(facts)
    file.attention = attention(broken=broken_of(file), refused=refused)
    file.save(update_fields=["expected_cents", "attention"])


def ending_now(file: PhoneFile, *, on: date) -> tuple[FileState, str]:
    """How the file would go back today."""
    owed = owed_by(file)
    plans = Hold.objects.in_force(on=on).filter(subject_id=file.subject_id, reason=Hold.Reason.PLAN)
    theirs = plans.filter(position__isnull=True) | plans.filter(position_id__in=current_ids(file))
    return ending_of(
        Ending(owed.residual_cents, owed.collected_cents, theirs.exists(), outcomes_of(file))
    )


def end_file(
    file: PhoneFile, *, state: FileState, reason: str, actor: Actor, at: datetime
) -> PhoneFile:
    """It goes back: nobody holds it, no promise is awaited any more by the telephone. Inside a transaction, locked."""
    file.state, file.reason = state.value, reason
    file.ended_at, file.ended_by = at, actor.name
    file.leased_until, file.next_call_at = None, None
    owed = owed_by(file)
    file.collected_cents, file.left_cents = owed.collected_cents, owed.residual_cents
    file.save()
    untold = file.calls.filter(outcome="")
    untold.update(outcome=Called.UNTOLD.value, told_at=at)
    note_file("file_ended", file, actor, at, state=file.state, reason=reason)
    return file


def call_again(file: PhoneFile, at: datetime) -> None:
    """She is in the list again, if the file is still open."""
    if file.state == FileState.OPEN.value:
        file.next_call_at = at
        file.save(update_fields=["next_call_at"])


def open_task(
    *, file: PhoneFile, kind: str, call_id: int | None, hold_ids: list[int], at: datetime
) -> PhoneTask:
    """Something for the office, once while it waits; new pauses join those it already brought."""
    task, is_new = PhoneTask.objects.get_or_create(
        file=file, kind=kind, settled_at=None,
        defaults={"call_id": call_id, "hold_ids": hold_ids, "opened_at": at},
    )  # fmt: skip
    if not is_new and hold_ids:
        task.hold_ids = [*task.hold_ids, *hold_ids]
        task.save(update_fields=["hold_ids"])
    return task


def pending_promise(file: PhoneFile) -> PhonePromise | None:
    return file.promises.filter(state=PhonePromise.State.PENDING).first()
