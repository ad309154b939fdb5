"""Chapter 9e – telephone: a call begun within the limits, its outcome told, and what follows from it.

Before: a file held by the operator.  After: the next call, a promise, a pause, work for the office, or the end.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from dunning.models import PhoneCall, PhoneFile
from dunning.rules.phone_ends import FileState, Negative
from dunning.rules.phone_limits import PhoneRules, why_not_call
from dunning.rules.phone_outcomes import Called, next_try
from dunning.selectors.phone import CALL_LASTS, SHEET_LASTS, owed_by, stopped_words
from dunning.selectors.phone_calls import CALLED, numbers_of, past_of
from dunning.services.phone_files import (
    end_file,
    ending_now,
    hold_debts,
    note_file,
    open_task,
    refresh_file,
    set_next_call,
)
from dunning.services.phone_list import held_file
from dunning.services.phone_promises import Promised, make_promise
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from registry.services.contacts import mark_unreachable

MAX_NOTE = 2_000
FARTHEST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Told:
    """How the call ended. ``promised`` with PROMISE, ``call_back_at`` with CALL_BACK; ``note`` what matters and no more."""

    outcome: Called
    note: str = ""
    promised: Promised | None = None
    call_back_at: datetime | None = None


@transaction.atomic
def begin_call(*, file_id: int, operator: Actor, at: datetime, rules: PhoneRules) -> PhoneCall:
    """The number to call, and the call counted before it is made. Raises PhoneRefused with the rule that forbids it."""
    file = held_file(file_id=file_id, operator=operator, at=at, lasts=CALL_LASTS)
    open_call = file.calls.filter(outcome="").first()
    if open_call is not None and open_call.operator_id == operator.user_id:
        return open_call
    file.calls.filter(outcome="").update(outcome=Called.UNTOLD.value, told_at=at)
    if limit := why_not_call(past_of(file), at=at, rules=rules):
        raise PhoneRefused(f"{limit.sentence} ({limit.source})")
    if why := stopped_words(file, on=at.astimezone(ROME).date()):
        raise PhoneRefused(why)
    if owed_by(file).residual_cents <= 0:
        raise PhoneRefused("Non c'è più nulla da pagare: non si telefona")
    call = PhoneCall.objects.create(
        file=file, number=_number(file), at=at, operator_id=operator.user_id, operator_name=operator.name,
    )  # fmt: skip
    note_file("call_begun", file, operator, at)
    return call


@transaction.atomic
def tell_outcome(*, file_id: int, told: Told, operator: Actor, at: datetime, rules: PhoneRules) -> PhoneCall:  # fmt: skip
    """Write how the call ended and let follow what the table says. Raises PhoneRefused, and then nothing is written."""
    file = held_file(file_id=file_id, operator=operator, at=at)
    call = file.calls.filter(outcome="", operator_id=operator.user_id).first()
    if call is None:
        raise PhoneRefused("Non c'è una telefonata in corso su questa pratica")
    _check(told, at)
    call.outcome, call.note, call.told_at = told.outcome.value, told.note.strip(), at
    call.save()
    file.leased_until = at + SHEET_LASTS
    file.save(update_fields=["leased_until"])
    today = at.astimezone(ROME).date()
    if told.promised:
        make_promise(file=file, call=call, promised=told.promised, actor=operator, at=at, rules=rules)  # fmt: skip
    if told.outcome.rule.bad_number:
        for kind in CALLED:
            mark_unreachable(subject_id=file.subject_id, kind=kind, value=call.number)
    _to_the_office(file, call, told.outcome, operator, today, at)
    refresh_file(file, today=today)
    _what_next(file, told, operator, at, rules)
    note_file("call_told", file, operator, at, outcome=call.outcome)
    return call


def _to_the_office(
    file: PhoneFile, call: PhoneCall, outcome: Called, operator: Actor, today: date, at: datetime
) -> None:
    follows, holds = outcome.rule, []
    if follows.stop:
        holds = hold_debts(
            file=file, reason=follows.stop.value, note=f"Al telefono il {today:%d/%m/%Y}: {follows.label.lower()}",
            since=today, until=None, actor=operator, at=at,
        )  # fmt: skip
    if follows.work:
        open_task(file=file, kind=follows.work.value, call_id=call.pk, hold_ids=holds, at=at)


def _what_next(
    file: PhoneFile, told: Told, operator: Actor, at: datetime, rules: PhoneRules
) -> None:
    """The next moment, or the end when there is no number, no try left, or nobody to call."""
    if told.outcome is Called.DECEASED:
        end_file(file, state=FileState.NEGATIVE, reason=Negative.DECEASED.value, actor=operator, at=at)  # fmt: skip
        return
    if told.outcome is Called.PROMISE:
        return  # ``make_promise`` has said when
    later = next_try(told.outcome, at=at, call_back_at=told.call_back_at)
    reachable = bool(numbers_of([file.subject_id]))
    exact = told.outcome.rule.exact
    if reachable and set_next_call(file, not_before=later, exact=exact, rules=rules):
        return
    state, reason = ending_now(file, on=at.astimezone(ROME).date())
    end_file(file, state=state, reason=reason, actor=operator, at=at)


def _number(file: PhoneFile) -> str:
    """The best number tried least."""
    numbers = numbers_of([file.subject_id]).get(file.subject_id, [])
    if not numbers:
        raise PhoneRefused("Non risulta un numero di telefono che funzioni")
    tried = list(file.calls.values_list("number", flat=True))
    return min(numbers, key=tried.count)


def _check(told: Told, at: datetime) -> None:
    if told.outcome is Called.UNTOLD:
        raise PhoneRefused("Scegliere com'è finita la telefonata")
    if len(told.note) > MAX_NOTE:
        raise PhoneRefused(f"La nota è troppo lunga: al massimo {MAX_NOTE} caratteri")
    if (told.outcome is Called.PROMISE) != (told.promised is not None):
        raise PhoneRefused("Una promessa vuole importo, giorno e modo di pagare")
    back = told.call_back_at
    if told.outcome is Called.CALL_BACK and (back is None or not at < back <= at + FARTHEST):
        raise PhoneRefused("Scrivere quando vuole essere richiamata: da adesso a 60 giorni")
