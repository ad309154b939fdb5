"""Chapter 9e – telephone: the list read from the top; a file is one operator's while she has it open, and nobody else's.

Before: an approved campaign.  After: the sheet; what is paid, held back or over its limits is passed by.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from dunning.models import PhoneCampaign, PhoneFile
from dunning.rules.phone_ends import FileState
from dunning.rules.phone_limits import PhoneRules, next_allowed, why_not_call
from dunning.rules.phone_outcomes import Called
from dunning.selectors.phone import SHEET_LASTS, owed_by, stopped_words
from dunning.selectors.phone_calls import numbers_of, past_of
from dunning.services.phone_files import end_file, ending_now, note_file
from dunning.services.phone_mandate import campaign_at_work
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_name, lock_row

TRIES = 200  # files looked at for one press; the others are there at the next
LOOK_AGAIN = timedelta(days=1)


@transaction.atomic
def take_next_file(
    *, campaign_id: int, operator: Actor, at: datetime, rules: PhoneRules
) -> PhoneFile | None:
    """The file worth most that may be called now, held for this operator. None when there is none.

    Whoever has a call without its outcome gets that file again. Raises PhoneRefused.
    """
    campaign = campaign_at_work(campaign_id=campaign_id, operator=operator, at=at)
    lock_name(f"dunning.phone.operator/{operator.user_id}")
    if (untold := _untold(campaign, operator)) is not None:
        return _hold(untold, operator, at)
    _let_go(campaign, operator)
    seen: list[int] = []
    for _ in range(TRIES):
        free = _ready(campaign, at).exclude(pk__in=seen).order_by("-expected_cents", "pk")
        file = free.select_for_update(skip_locked=True, of=("self",)).first()
        if file is None:
            return None
        seen.append(file.pk)
        if _may_be_called(file, operator, at, rules):
            return _hold(file, operator, at)
    return None


@transaction.atomic
def open_phone_file(*, file_id: int, operator: Actor, at: datetime) -> PhoneFile:
    """That very file, if nobody else has it: for who rings back. Calling asks the limits. Raises PhoneRefused."""
    file = lock_row(PhoneFile, file_id)
    campaign_at_work(campaign_id=file.campaign_id, operator=operator, at=at)
    if file.state != FileState.OPEN.value:
        raise PhoneRefused(f"La pratica è «{FileState(file.state).label}»")
    if _is_held(file, at) and file.operator_id != operator.user_id:
        raise PhoneRefused(f"La pratica è aperta da {file.operator_name}")
    return _hold(file, operator, at)


@transaction.atomic
def leave_phone_file(*, file_id: int, operator: Actor, at: datetime) -> None:
    """Back to the list. Raises PhoneRefused while a call waits for its outcome."""
    file = held_file(file_id=file_id, operator=operator, at=at)
    if file.calls.filter(outcome="").exists():
        raise PhoneRefused("Prima va scritto com'è finita la telefonata")
    file.leased_until = None
    file.save(update_fields=["leased_until"])


def held_file(
    *, file_id: int, operator: Actor, at: datetime, lasts: timedelta = SHEET_LASTS
) -> PhoneFile:
    """The file, locked, if this operator holds it now; it stays hers for ``lasts`` at least. Inside a transaction.

    Also when her time is over, while she has a call to tell of and nobody has taken the file. Raises PhoneRefused.
    """
    file = lock_row(PhoneFile, file_id)
    campaign_at_work(campaign_id=file.campaign_id, operator=operator, at=at)
    hers = file.operator_id == operator.user_id and (
        _is_held(file, at) or _is_calling(file, operator)
    )
    if file.state != FileState.OPEN.value or not hers:
        raise PhoneRefused("La pratica non è più aperta da lei: riprenderla dall'elenco")
    file.leased_until = max(file.leased_until or at, at + lasts)
    file.save(update_fields=["leased_until"])
    return file


def waiting_files(campaign: PhoneCampaign, *, at: datetime) -> QuerySet[PhoneFile]:
    """Open files that nobody holds, the most valuable first."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    found = campaign.files.filter(free, state=FileState.OPEN.value)
    return found.select_related("subject").order_by("-expected_cents", "pk")


def _ready(campaign: PhoneCampaign, at: datetime) -> QuerySet[PhoneFile]:
    return waiting_files(campaign, at=at).filter(next_call_at__lte=at)


def _untold(campaign: PhoneCampaign, operator: Actor) -> PhoneFile | None:
    mine = PhoneFile.objects.select_for_update(of=("self",)).filter(campaign=campaign, calls__outcome="")  # fmt: skip
    return mine.filter(operator_id=operator.user_id, state=FileState.OPEN.value).first()


def _let_go(campaign: PhoneCampaign, operator: Actor) -> None:
    held = campaign.files.filter(operator_id=operator.user_id, state=FileState.OPEN.value)
    held.update(leased_until=None)


def _may_be_called(file: PhoneFile, operator: Actor, at: datetime, rules: PhoneRules) -> bool:
    """Asked under its lock; what may not be called says when it may, or ends."""
    on = at.astimezone(ROME).date()
    file.calls.filter(outcome="").update(
        outcome=Called.UNTOLD.value, told_at=at
    )  # of who went away
    if owed_by(file).residual_cents <= 0 or not numbers_of([file.subject_id]):
        state, reason = ending_now(file, on=on)
        end_file(file, state=state, reason=reason, actor=operator, at=at)
        return False
    if stopped_words(file, on=on):
        return _later(file, at + LOOK_AGAIN)
    past = past_of(file)
    if why_not_call(past, at=at, rules=rules) is None:
        return True
    moment = next_allowed(past, at=at, rules=rules)
    if moment is None:
        state, reason = ending_now(file, on=on)
        end_file(file, state=state, reason=reason, actor=operator, at=at)
    return moment is not None and _later(file, moment)


def _later(file: PhoneFile, at: datetime) -> bool:
    file.next_call_at = at
    file.save(update_fields=["next_call_at"])
    return False


def _is_held(file: PhoneFile, at: datetime) -> bool:
    return file.leased_until is not None and file.leased_until > at


def _is_calling(file: PhoneFile, operator: Actor) -> bool:
    return file.calls.filter(outcome="", operator_id=operator.user_id).exists()


def _hold(file: PhoneFile, operator: Actor, at: datetime) -> PhoneFile:
    is_new = file.operator_id != operator.user_id or not _is_held(file, at)
    file.leased_until, file.operator_id, file.operator_name = at + SHEET_LASTS, operator.user_id, operator.name  # fmt: skip
    file.save(update_fields=["leased_until", "operator_id", "operator_name"])
    if is_new:
        note_file("sheet_opened", file, operator, at)
    return file
