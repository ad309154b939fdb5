"""Demo, chapter 9: those who are still late are called, with an agreed script, and what each said is written down."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from billing.models import Service
from dunning.channels.library import ready_text
from dunning.models import PhoneCall, PhoneCampaign, PhoneFile, PhonePromise, PhoneTask
from dunning.rules.phone_limits import PhoneRules
from dunning.rules.phone_outcomes import Called
from dunning.rules.template_checks import Act, Form
from dunning.selectors.phone import owed_by
from dunning.services.phone_calls import Told, begin_call, tell_outcome
from dunning.services.phone_campaigns import CampaignData, simulate_phone_campaign
from dunning.services.phone_list import leave_phone_file, take_next_file
from dunning.services.phone_mandate import approve_phone_campaign, give_campaign
from dunning.services.phone_promises import Promised
from dunning.services.texts import approve_text, write_text
from paybox.demo.story import Story, StoryFailed, require
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from paybox.kernel.money import format_euro
from tenants.models import User
from tenants.services.demo_users import ensure_demo_users

WRITES, APPROVES, CALLS = (
    "funzionario@borgo.example", "responsabile@borgo.example", "esattore@borgo.example",
)  # fmt: skip
AT_ANY_HOUR = PhoneRules(hours=None)  # the demo may be begun at night
SAID = (
    (Called.PROMISE, "Paga appena riceve lo stipendio."),
    (Called.NO_ANSWER, ""),
    (Called.THIRD_PARTY, "Ha risposto il figlio: si richiama domani."),
    (Called.CALL_BACK, "È al lavoro, chiede di essere richiamata domani."),
    (Called.SAYS_PAID, "Dice di avere pagato allo sportello della banca."),
    (Called.INSTALMENTS, "Chiede quattro rate."),
    (Called.VOICEMAIL, ""),
)


def telephone_the_late(schema: str, service_code: str) -> Callable[[Story], list[str]]:
    """A campaign simulated, approved by another person, given to who calls; seven calls, each with its outcome."""

    def tell(story: Story) -> list[str]:
        with schema_context(get_public_schema_name()):
            ensure_demo_users()
            author, approver, caller = (_actor(email) for email in (WRITES, APPROVES, CALLS))
        with schema_context(schema):
            campaign = _campaign(service_code, author, approver, caller)
            made = PhoneCall.objects.filter(file__campaign=campaign).count()
            for outcome, note in SAID[made:]:
                _call(campaign, outcome, note, caller)
            promise = PhonePromise.objects.get(file__campaign=campaign)
            tasks = PhoneTask.objects.count()
        return [
            f"campagna «{campaign.name}»: {campaign.chosen} persone per {format_euro(campaign.amount_cents)} €, "
            f"{campaign.excluded} fuori con il motivo; preparata da {author.name}, approvata da {approver.name}",
            f"{len(SAID)} telefonate di {caller.name}; una promessa di {format_euro(promise.amount_cents)} € per il "
            f"{promise.due_on:%d/%m/%Y}, {tasks} richieste passate all'ufficio",
        ]

    return tell


@transaction.atomic
def _campaign(code: str, author: Actor, approver: Actor, caller: Actor) -> PhoneCampaign:
    """Whole or not at all; the one that is there when the chapter was interrupted."""
    service = Service.objects.get(code=code)
    name = f"Arretrati {service.name}"
    if begun := PhoneCampaign.objects.filter(name=name).first():
        return begun
    draft = ready_text(code, Act.REMINDER, Form.PHONE)
    if draft is None:
        raise StoryFailed("manca il copione della telefonata")
    script = write_text(service_id=service.pk, draft=draft, actor=author, at=now())
    approve_text(version_id=script.pk, actor=approver, at=now())
    data = CampaignData(
        name=name, service_id=service.pk, older_than_days=60, minimum_cents=50_00,
        starts_on=today(), ends_on=today() + timedelta(days=60), call_mills=400,
    )  # fmt: skip
    made = simulate_phone_campaign(data=data, actor=author, at=now(), today=today())
    require(made.chosen >= len(SAID), f"solo {made.chosen} persone da chiamare")
    give_campaign(
        campaign_id=made.pk, user_id=caller.user_id, name=caller.name, actor=author, at=now()
    )
    return approve_phone_campaign(campaign_id=made.pk, actor=approver, at=now())


@transaction.atomic
def _call(campaign: PhoneCampaign, outcome: Called, note: str, caller: Actor) -> None:
    file = take_next_file(campaign_id=campaign.pk, operator=caller, at=now(), rules=AT_ANY_HOUR)
    if file is None:
        raise StoryFailed("l'elenco delle telefonate è finito prima del previsto")
    begin_call(file_id=file.pk, operator=caller, at=now(), rules=AT_ANY_HOUR)
    told = Told(
        outcome,
        note,
        promised=_promise(file) if outcome is Called.PROMISE else None,
        call_back_at=now() + timedelta(days=1) if outcome is Called.CALL_BACK else None,
    )
    tell_outcome(file_id=file.pk, told=told, operator=caller, at=now(), rules=AT_ANY_HOUR)
    leave_phone_file(file_id=file.pk, operator=caller, at=now())


def _promise(file: PhoneFile) -> Promised:
    return Promised(
        owed_by(file).residual_cents, today() + timedelta(days=7), PhonePromise.Method.PAGOPA
    )


def _actor(email: str) -> Actor:
    user = User.objects.get(email=email)
    return Actor(user.pk, user.name)
