"""A telephone campaign as tests begin it: an authorised script, debts of last year, an operator at work."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.models import Position, Service
from dunning.channels.library import ready_text
from dunning.models import PhoneCall, PhoneCampaign, PhoneFile, TextVersion
from dunning.rules.phone_limits import PhoneRules, calling_hours
from dunning.rules.phone_outcomes import Called
from dunning.rules.template_checks import Act, Form
from dunning.services.phone_calls import Told, begin_call, tell_outcome
from dunning.services.phone_campaigns import CampaignData, simulate_phone_campaign
from dunning.services.phone_list import take_next_file
from dunning.services.phone_mandate import approve_phone_campaign, give_campaign
from dunning.services.texts import approve_text, write_text
from paybox.kernel.actor import Actor
from tests.build import AT, make_position

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # 10:30 in Rome
LAST_YEAR = date(2025, 6, 16)
AUTHOR, APPROVER = Actor(1, "Ada Bianchi"), Actor(2, "Elena Fabbri")
RITA, SANDRA = Actor(31, "Rita Colli"), Actor(32, "Sandra Pini")
RULES = PhoneRules(hours=calling_hours(patron=None))
CAMPAIGN = CampaignData(
    name="Arretrati TARI 2025", service_id=0, older_than_days=90, minimum_cents=2_000,
    starts_on=date(2026, 3, 2), ends_on=date(2026, 4, 30), call_mills=400,
)  # fmt: skip


def script(*, at: datetime = MONDAY, service: str = "TARI") -> TextVersion:
    """The product's own, authorised by a second person."""
    draft = ready_text(service, Act.REMINDER, Form.PHONE)
    service_id = Service.objects.get(code=service).pk
    written = write_text(service_id=service_id, draft=draft, actor=AUTHOR, at=at)
    return approve_text(version_id=written.pk, actor=APPROVER, at=at)


def overdue(subject: Any, cents: int = 12_000, *, due_on: date = LAST_YEAR) -> Position:
    position = make_position(cents=cents, rates=(), due_on=due_on, subject=subject)
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    return position


def simulated(*, at: datetime = MONDAY, **changes: Any) -> PhoneCampaign:
    data = replace(CAMPAIGN, service_id=Service.objects.get(code="TARI").pk, **changes)
    return simulate_phone_campaign(data=data, actor=AUTHOR, at=at, today=at.date())


def running(*, at: datetime = MONDAY, **changes: Any) -> PhoneCampaign:
    """Approved, and given to Rita and Sandra."""
    if not TextVersion.objects.filter(form=Form.PHONE.value).exists():
        script(at=at)
    campaign = simulated(at=at, **changes)
    for operator in (RITA, SANDRA):
        give_campaign(
            campaign_id=campaign.pk, user_id=operator.user_id, name=operator.name, actor=AUTHOR, at=at
        )  # fmt: skip
    return approve_phone_campaign(campaign_id=campaign.pk, actor=APPROVER, at=at)


def take(campaign: PhoneCampaign, *, who: Actor = RITA, at: datetime = MONDAY) -> PhoneFile | None:
    return take_next_file(campaign_id=campaign.pk, operator=who, at=at, rules=RULES)


def call(
    file: PhoneFile, outcome: Called, *, who: Actor = RITA, at: datetime = MONDAY, **said: Any
) -> PhoneCall:
    """Begun and told two minutes later."""
    begin_call(file_id=file.pk, operator=who, at=at, rules=RULES)
    told = Told(outcome, **said)
    return tell_outcome(
        file_id=file.pk, told=told, operator=who, at=at + timedelta(minutes=2), rules=RULES
    )


def again(file: PhoneFile) -> PhoneFile:
    """As it is now."""
    return PhoneFile.objects.select_related("campaign").get(pk=file.pk)
