"""Chapter 9e – telephone: the simulated campaign approved by another person, given to operators, or called off.

Before: ``phone_campaigns``.  After: the files are open, and whoever was given the campaign sees it.
"""

from datetime import datetime, time

from django.db import transaction

from dunning.models import PhoneCampaign, PhoneFile, PhoneOperator
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.phone_ends import FileState
from dunning.selectors.phone_choice import BATCH, fingerprint, judged_debtors
from dunning.selectors.texts import why_unusable
from dunning.services.phone_campaigns import note_phone
from dunning.services.refusals import ApprovalRefused, PhoneRefused
from dunning.services.simulation import LASTS
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_name, lock_row


@transaction.atomic
def approve_phone_campaign(
    *, campaign_id: int, actor: Actor, at: datetime, seen: str | None = None
) -> PhoneCampaign:
    """Open the files of exactly what was simulated; who has paid, or is held back, since then stays out.

    Raises ApprovalRefused when the author approves her own, or what she saw is no longer so; PhoneRefused.
    """
    lock_name("dunning.phone")  # two campaigns, one person: the second approval sees the first
    campaign = _in_state(campaign_id, PhoneCampaign.State.SIMULATED)
    _check(campaign, actor, at, seen)
    today = at.astimezone(ROME).date()
    now_true = {one.subject_id: one for one in judged_debtors(campaign, at=at, today=today)}
    starts = datetime.combine(campaign.starts_on, time(0), tzinfo=ROME)
    files = list(campaign.files.filter(state=FileState.PROPOSED.value).order_by("pk"))
    for file in files:
        found = now_true.get(file.subject_id)
        reason = found.reason if found else ExclusionReason.PAGATO.value
        state = FileState.EXCLUDED if reason else FileState.OPEN
        file.state, file.reason = state.value, reason
        file.next_call_at = None if reason else max(at, starts)
    PhoneFile.objects.bulk_update(files, ["state", "reason", "next_call_at"], batch_size=BATCH)
    opened = [file for file in files if not file.reason]
    campaign.excluded += len(files) - len(opened)
    campaign.chosen, campaign.amount_cents = len(opened), sum(one.amount_cents for one in opened)
    campaign.state, campaign.approved_at = PhoneCampaign.State.RUNNING, at
    campaign.approver_id, campaign.approver_name = actor.user_id, actor.name
    campaign.save()
    note_phone("campaign_approved", campaign, actor, at, snapshot=campaign.snapshot_sha256)
    return campaign


@transaction.atomic
def cancel_phone_campaign(*, campaign_id: int, actor: Actor, at: datetime) -> PhoneCampaign:
    """Never begun. Raises PhoneRefused once it is running: that one is closed, with its hand-back."""
    campaign = _in_state(campaign_id, PhoneCampaign.State.SIMULATED)
    campaign.state, campaign.ended_at, campaign.ended_by = PhoneCampaign.State.CANCELLED, at, actor.name  # fmt: skip
    campaign.save()
    note_phone("campaign_cancelled", campaign, actor, at)
    return campaign


@transaction.atomic
def give_campaign(
    *, campaign_id: int, user_id: int, name: str, actor: Actor, at: datetime
) -> PhoneOperator:
    """From now on that person sees the campaign. Twice is once. Raises PhoneRefused."""
    campaign = lock_row(PhoneCampaign, campaign_id)
    if campaign.state not in (PhoneCampaign.State.SIMULATED, PhoneCampaign.State.RUNNING):
        raise PhoneRefused("La campagna è finita: non si affida più")
    given, is_new = PhoneOperator.objects.get_or_create(
        campaign=campaign, user_id=user_id, taken_back_at=None,
        defaults={"name": name, "given_at": at, "given_by": actor.name},
    )  # fmt: skip
    if is_new:
        note_phone("given", campaign, actor, at, operator=name)
    return given


@transaction.atomic
def take_campaign_back(*, operator_id: int, actor: Actor, at: datetime) -> None:
    """She sees it no more, and the file she held goes back to the list. Twice is nothing."""
    given = lock_row(PhoneOperator, operator_id)
    if given.taken_back_at is None:
        given.taken_back_at = at
        given.save(update_fields=["taken_back_at"])
        held = PhoneFile.objects.filter(campaign_id=given.campaign_id, operator_id=given.user_id)
        held.filter(state=FileState.OPEN.value).update(leased_until=None)
        note_phone("taken_back", given.campaign, actor, at, operator=given.name)


def campaign_at_work(*, campaign_id: int, operator: Actor, at: datetime) -> PhoneCampaign:
    """The campaign, if that person may work on it now. Raises PhoneRefused."""
    campaign = PhoneCampaign.objects.select_related("service", "script").get(pk=campaign_id)
    on = at.astimezone(ROME).date()
    given = campaign.operators.filter(user_id=operator.user_id, taken_back_at__isnull=True)
    if not given.exists():
        raise PhoneRefused("Questa campagna non le è affidata")
    if campaign.state != PhoneCampaign.State.RUNNING:
        raise PhoneRefused(f"La campagna è «{campaign.get_state_display()}»: non si telefona")
    if not campaign.starts_on <= on <= campaign.ends_on:
        raise PhoneRefused(
            f"Si telefona dal {campaign.starts_on:%d/%m/%Y} al {campaign.ends_on:%d/%m/%Y}"
        )
    return campaign


def _in_state(campaign_id: int, state: PhoneCampaign.State) -> PhoneCampaign:
    campaign = lock_row(PhoneCampaign, campaign_id)
    if campaign.state != state:
        raise PhoneRefused(f"La campagna è già «{campaign.get_state_display()}»")
    return campaign


def _check(campaign: PhoneCampaign, actor: Actor, at: datetime, seen: str | None) -> None:
    on = at.astimezone(ROME).date()
    if campaign.author_id == actor.user_id:
        raise ApprovalRefused(
            "La campagna va approvata da una persona diversa da chi l'ha preparata"
        )
    if at > campaign.created_at + LASTS or on > campaign.ends_on:
        raise ApprovalRefused("La simulazione è troppo vecchia: va rifatta con i dati di oggi")
    if seen not in (None, campaign.snapshot_sha256) or fingerprint(campaign) != campaign.snapshot_sha256:  # fmt: skip
        raise ApprovalRefused("La campagna è cambiata mentre la si leggeva: rileggerla")
    if why := why_unusable(campaign.script, on=on):
        raise ApprovalRefused(why)
