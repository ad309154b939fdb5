"""Chapter 9e – telephone: a campaign chosen, shown with who is in and who is not, approved by another person, given out.

Before: overdue debts and an authorised script.  After: one file a debtor, which the desk works.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from billing.models import Service
from dunning.models import PhoneCampaign, PhoneFile
from dunning.rules.phone_ends import FileState
from dunning.rules.phone_limits import CLOSES, OPENS
from dunning.rules.phone_priority import FileFacts, expected_cents
from dunning.rules.template_checks import Act, Form
from dunning.selectors.phone_choice import BATCH, Chosen, fingerprint, judged_debtors
from dunning.selectors.texts import text_in_force
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit

LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class CampaignData:
    """What is agreed. Cents; ``call_mills`` thousandths of a euro a call; hours of the day, within those of the law."""

    name: str
    service_id: int
    older_than_days: int
    minimum_cents: int
    starts_on: date
    ends_on: date
    opens: time = OPENS
    closes: time = CLOSES
    grace_days: int = 3
    call_mills: int = 0


@transaction.atomic
def simulate_phone_campaign(
    *, data: CampaignData, actor: Actor, at: datetime, today: date
) -> PhoneCampaign:
    """Who would be called and who would not, and why. Nobody is. Raises PhoneRefused."""
    _check(data, today)
    service = Service.objects.get(pk=data.service_id)
    script = text_in_force(service_id=service.pk, act=Act.REMINDER.value, form=Form.PHONE.value)
    if script is None:
        raise PhoneRefused("Manca il copione della telefonata autorizzato dall'Ente: si scrive e si autorizza tra i testi")  # fmt: skip
    campaign = PhoneCampaign.objects.create(
        name=data.name.strip(), service=service, script=script, older_than_days=data.older_than_days,
        minimum_cents=data.minimum_cents, starts_on=data.starts_on, ends_on=data.ends_on, opens=data.opens,
        closes=data.closes, grace_days=data.grace_days, call_mills=data.call_mills, created_at=at,
        author_id=actor.user_id, author_name=actor.name,
    )  # fmt: skip
    found = judged_debtors(campaign, at=at, today=today)
    files = [_file(campaign, one, today) for one in found]
    PhoneFile.objects.bulk_create(files, batch_size=BATCH)
    inside = [one for one in found if not one.reason]
    campaign.chosen, campaign.excluded = len(inside), len(found) - len(inside)
    campaign.amount_cents = sum(one.cents for one in inside)
    campaign.snapshot_sha256 = fingerprint(campaign)
    campaign.save()
    note_phone("campaign_simulated", campaign, actor, at, snapshot=campaign.snapshot_sha256)
    return campaign


def note_phone(
    verb: str, campaign: PhoneCampaign, actor: Actor, at: datetime, **details: object
) -> None:
    """The trace of a campaign."""
    record_audit(
        action=f"dunning.phone.{verb}", actor=actor, at=at, subject=f"phonecampaign:{campaign.uuid}", **details
    )  # fmt: skip


def _file(campaign: PhoneCampaign, one: Chosen, today: date) -> PhoneFile:
    state = FileState.EXCLUDED if one.reason else FileState.PROPOSED
    return PhoneFile(
        campaign=campaign, subject_id=one.subject_id, position_ids=list(one.position_ids), amount_cents=one.cents,
        due_on=one.due_on, state=state.value, reason=one.reason,
        expected_cents=expected_cents(FileFacts(one.cents, (today - one.due_on).days)),
    )  # fmt: skip


def _check(data: CampaignData, today: date) -> None:
    wrong = (
        (not data.name.strip(), "Serve un nome per la campagna"),
        (data.starts_on < today, "L'inizio è già passato"),
        (not data.starts_on <= data.ends_on <= data.starts_on + LONGEST, "La durata va da un giorno a un anno"),
        (not OPENS <= data.opens < data.closes <= CLOSES, "L'orario sta tra le 8:30 e le 21"),
        (data.minimum_cents < 0 or data.call_mills < 0, "Gli importi non possono essere negativi"),
        (not 0 <= data.grace_days <= 10, "I giorni di tolleranza vanno da 0 a 10"),
        (not 1 <= data.older_than_days <= 3650, "L'età del debito va da 1 a 3.650 giorni"),
    )  # fmt: skip
    for holds, words in wrong:
        if holds:
            raise PhoneRefused(words)
