"""Chapter 9e – telephone: the e-mail or PEC asked for during a call: a wave of one, by the same road as every message.

Before: a conversation.  After: ``sending`` asks again whether it is still due, keeps the words and follows the delivery.
The campaign's approval covers it: it was given knowing that whoever is called may be written to.
"""

from datetime import date, datetime

from django.db import transaction

from billing.selectors.overdue import overdue_debts
from dunning.models import PhoneCampaign, PhoneFile, PhoneMessage, Wave
from dunning.rules.channels import CONTACT_KINDS, EMAIL, PEC
from dunning.selectors.facts import prices_on
from dunning.selectors.phone import current_ids
from dunning.services.phone_files import note_file
from dunning.services.phone_list import held_file
from dunning.services.refusals import PhoneRefused
from dunning.services.simulation import Plan, Planned, fill_wave, open_wave
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.actor import Actor
from registry.selectors.contacts import best_contacts


@transaction.atomic
def write_after_call(*, file_id: int, channel: str, operator: Actor, at: datetime, today: date) -> PhoneMessage:  # fmt: skip
    """Write to her what is due today. Raises PhoneRefused when she has no such address, or was written to today."""
    if channel not in (EMAIL, PEC):
        raise PhoneRefused("Dopo una telefonata si scrive per e-mail o per PEC")
    file = held_file(file_id=file_id, operator=operator, at=at)
    if not file.calls.exclude(outcome="").exists():
        raise PhoneRefused("Si scrive dopo aver telefonato")
    if file.messages.filter(wave__planned_on=today).exists():
        raise PhoneRefused("Oggi le si è già scritto")
    planned = _planned(file, channel, today)
    plan = Plan(Wave.Kind.PHONE, file.campaign.service, [channel], today)
    wave = open_wave(plan=plan, actor=operator, at=at)
    fill_wave(wave=wave, items=[planned], actor=operator, at=at)
    approve_wave(wave_id=wave.pk, actor=_approver(file.campaign), at=at)
    start_wave(wave_id=wave.pk, actor=operator, at=at)
    message = PhoneMessage.objects.create(file=file, wave=wave, at=at, actor_name=operator.name)
    note_file("message_asked", file, operator, at, channel=channel)
    return message


def _planned(file: PhoneFile, channel: str, today: date) -> Planned:
    debts = [d for d in overdue_debts(on=today, position_ids=current_ids(file)) if d.notices]
    if not debts:
        raise PhoneRefused("Non c'è un avviso con cui pagare quanto è scaduto")
    found = best_contacts(kind=CONTACT_KINDS[channel], subject_ids=[file.subject_id])
    address = found.get(file.subject_id, "")
    if not address:
        raise PhoneRefused("Non risulta un indirizzo per questo canale: va chiesto e registrato")
    return Planned(
        file.subject_id, tuple(d.position_id for d in debts), str(file.subject.uuid),
        sum(d.overdue_cents for d in debts), address, "", channel, parts=1, cost_mills=prices_on(today)[channel],
    )  # fmt: skip


def _approver(campaign: PhoneCampaign) -> Actor:
    return Actor(campaign.approver_id or 0, f"{campaign.approver_name} (campagna telefonica)")
