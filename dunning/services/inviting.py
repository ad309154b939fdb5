"""Chapter 9 – invitations in bulk: who is asked whether she wants no more paper, by letter or by e-mail.

Before: debtors whose notices are printed, or whose e-mail address nobody has verified.  After: a simulated wave, approved
by another person like every other; the letters become a print batch, the e-mails leave as courtesies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from billing.models import Load, Service
from dunning.models import InvitationRound, Wave
from dunning.rules.channels import EMAIL, LETTER
from dunning.rules.invitations import USUAL_QUIET_DAYS, Invitee, why_not_invited
from dunning.selectors.facts import prices_on
from dunning.selectors.invitees import chosen_by, invitees
from dunning.services.planning import CANARY, LARGE, capped
from dunning.services.refusals import WaveRefused
from dunning.services.simulation import Plan, Planned, fill_wave, open_wave
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit


@dataclass(frozen=True, slots=True)
class InvitationDraft:
    """A round as typed. ``load_id``: only who is in that load; ``everyone``: whatever the kind of credit.

    ``quiet_days``: how long nobody is invited again; ``most``: how many at most, None for all. ``given_by_people``: it
    is declared that the e-mail addresses come from the persons themselves.
    """

    channel: str
    load_id: int | None = None
    everyone: bool = False
    quiet_days: int = USUAL_QUIET_DAYS
    most: int | None = None
    given_by_people: bool = False


@transaction.atomic
def plan_round(
    *, service_id: int, draft: InvitationDraft, actor: Actor, at: datetime, today: date
) -> Wave:
    """Keep the choice and simulate it. Raises WaveRefused."""
    service = Service.objects.get(pk=service_id)
    _check(service, draft)
    choice = InvitationRound.objects.create(
        service=service, load_id=draft.load_id, everyone=draft.everyone, channel=draft.channel,
        quiet_days=draft.quiet_days, most=draft.most, given_by_people=draft.given_by_people, created_at=at,
        author_id=actor.user_id, author_name=actor.name,
    )  # fmt: skip
    record_audit(
        action="dunning.invitation.written", actor=actor, at=at, subject=f"invitation:{choice.uuid}",
        channel=draft.channel, quiet_days=draft.quiet_days, given_by_people=draft.given_by_people,
    )  # fmt: skip
    return plan_invitations(invitation_id=choice.pk, actor=actor, at=at, today=today)


@transaction.atomic
def plan_invitations(*, invitation_id: int, actor: Actor, at: datetime, today: date) -> Wave:
    """The round as of that day: nobody gets a code, nothing leaves."""
    choice = InvitationRound.objects.select_related("service").get(pk=invitation_id)
    plan = Plan(
        Wave.Kind.INVITE, choice.service, [choice.channel], today, canary=CANARY, invitation=choice
    )
    wave = open_wave(plan=plan, actor=actor, at=at)
    fill_wave(wave=wave, items=capped(_planned(choice, at, today), choice.most), actor=actor, at=at)
    if wave.recipients < LARGE:
        wave.canary = 0
        wave.save(update_fields=["canary"])
    return wave


def _planned(choice: InvitationRound, at: datetime, today: date) -> Iterator[Planned]:
    price = prices_on(today)[choice.channel]
    for one in invitees(chosen_by(choice), on=today, at=at):
        yield _item(one, choice, price, at)


def _item(one: Invitee, choice: InvitationRound, price: int, at: datetime) -> Planned:
    quiet = timedelta(days=choice.quiet_days)
    reason = why_not_invited(one, channel=choice.channel, quiet=quiet, at=at)
    parts = 0 if reason else 1
    return Planned(
        one.subject_id, (), one.key, 0, one.address_on(choice.channel), reason or "", choice.channel, parts=parts,
        cost_mills=parts * price,
    )  # fmt: skip


def _check(service: Service, draft: InvitationDraft) -> None:
    if draft.channel not in (LETTER, EMAIL):
        raise WaveRefused("Si invita per posta o per e-mail")
    if draft.channel == EMAIL and not draft.given_by_people:
        raise WaveRefused(
            "Si può scrivere solo agli indirizzi e-mail che le persone hanno dato all'Ente: va dichiarato"
        )
    if draft.quiet_days < 1 or (draft.most is not None and draft.most < 1):
        raise WaveRefused("I giorni e il numero massimo di inviti vanno da 1 in su")
    if draft.everyone and draft.load_id is not None:
        raise WaveRefused("Scegliere un caricamento, oppure tutti i contribuenti")
    if draft.load_id and not Load.objects.filter(pk=draft.load_id, service=service).exists():
        raise WaveRefused("Il caricamento non è di questo tipo di dovuto")
