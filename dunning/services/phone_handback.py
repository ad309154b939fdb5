"""Chapter 9e – telephone: the end of the mandate: every file closed with its state, the report frozen.

Before: the last day, or the office's word.  After: nobody who telephoned sees anything any more; ``phone_package`` gives
the body all of it.
"""

from datetime import date, datetime

from django.db import transaction

from dunning.models import PhoneCampaign, PhoneFile, PhoneOperator, PhonePromise
from dunning.rules.phone_ends import FileState
from dunning.selectors.phone import owed_by
from dunning.selectors.phone_report import report_of
from dunning.services.phone_campaigns import note_phone
from dunning.services.phone_files import end_file, ending_now, lift_holds
from dunning.services.phone_package import PACKAGE
from dunning.services.phone_settling import settle_promises
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import SYSTEM, Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row, lock_rows
from paybox.kernel.queue import enqueue


def follow_campaigns(*, at: datetime, today: date) -> None:
    """Every morning: promises looked at, files that were paid closed, campaigns past their last day handed back."""
    settle_promises(at=at, today=today)
    running = PhoneCampaign.objects.filter(state=PhoneCampaign.State.RUNNING).order_by("pk")
    for campaign in list(running):
        if campaign.ends_on < today:
            close_phone_campaign(campaign_id=campaign.pk, actor=SYSTEM, at=at)
        else:
            _close_paid(campaign, at, today)


@transaction.atomic
def close_phone_campaign(*, campaign_id: int, actor: Actor, at: datetime) -> PhoneCampaign:
    """Hand everything back; from now on the operators see nothing. Raises PhoneRefused unless it is running."""
    campaign = lock_row(PhoneCampaign, campaign_id)
    if campaign.state != PhoneCampaign.State.RUNNING:
        raise PhoneRefused(f"La campagna è «{campaign.get_state_display()}»: non si conclude")
    on = at.astimezone(ROME).date()
    left = campaign.files.filter(state=FileState.OPEN.value).values_list("pk", flat=True)
    for file in lock_rows(PhoneFile, list(left)):
        state, reason = ending_now(file, on=on)
        _drop_promises(file, at)
        end_file(file, state=state, reason=reason, actor=actor, at=at)
    PhoneOperator.objects.filter(campaign=campaign, taken_back_at=None).update(taken_back_at=at)
    campaign.report = report_of(campaign)
    campaign.state, campaign.ended_at, campaign.ended_by = PhoneCampaign.State.CLOSED, at, actor.name  # fmt: skip
    campaign.save()
    note_phone("campaign_closed", campaign, actor, at, ends=campaign.report["ends"])
    enqueue(PACKAGE, queue="documents", campaign_id=campaign.pk)
    return campaign


def _close_paid(campaign: PhoneCampaign, at: datetime, today: date) -> None:
    for pk in list(campaign.files.filter(state=FileState.OPEN.value).values_list("pk", flat=True)):
        with transaction.atomic():
            file = lock_row(PhoneFile, pk)
            if file.state == FileState.OPEN.value and owed_by(file).residual_cents <= 0:
                state, reason = ending_now(file, on=today)
                end_file(file, state=state, reason=reason, actor=SYSTEM, at=at)


def _drop_promises(file: PhoneFile, at: datetime) -> None:
    """What was promised stays written; the pause it brought ends with its own day."""
    waiting = file.promises.filter(state=PhonePromise.State.PENDING)
    for promise in waiting:
        lift_holds(hold_ids=promise.hold_ids, at=at)
