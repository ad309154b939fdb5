"""Chapter 9 – planning: who would get what, why the others would not. No message leaves here.

Before: a confirmed load (wave zero) or what is overdue today (reminders).  After: waves, approved by a person.
Everything is asked in a handful of statements, whatever the number of debtors.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby

from django.db import transaction

from billing.models import Load, Position, Service
from billing.selectors.overdue import OverdueDebt, overdue_debts
from billing.states import PositionState
from dunning.models import Wave
from dunning.rules.eligibility import ExclusionReason, ItemFacts, why_not
from dunning.selectors.facts import (
    MIN_GAP,
    Holds,
    holds_in_force,
    last_messages,
    noticed_keys,
)
from dunning.services.refusals import WaveRefused
from dunning.services.simulation import Plan, Planned, write_wave
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row
from registry.models import Contact, Subject
from registry.selectors.contacts import best_contacts

CHANNELS = {"SMS": Contact.Kind.MOBILE, "EMAIL": Contact.Kind.EMAIL, "PEC": Contact.Kind.PEC}


@transaction.atomic
def plan_notices(*, load_id: int, actor: Actor, at: datetime, today: date) -> Wave:
    """Wave zero of a confirmed load: the notice by e-mail, one item a position; who has no address is listed as paper.

    Raises WaveRefused when the load is not confirmed.
    """
    load = lock_row(Load, load_id)
    if load.state != Load.State.CONFIRMED:
        raise WaveRefused("Gli avvisi si inviano dopo aver confermato il caricamento")
    items = list(_notices(load, at, today))
    plan = Plan(Wave.Kind.NOTICE, load.service, "EMAIL", today, load.pk)
    return write_wave(plan=plan, items=items, actor=actor, at=at)


@transaction.atomic
def plan_reminders(
    *, service_id: int, channel: str, actor: Actor, at: datetime, today: date
) -> Wave:
    """One item per debtor with all her overdue debts of the service and their sum.

    ``channel`` is SMS or EMAIL; who cannot be reached on it is listed. Raises WaveRefused.
    """
    if channel not in CHANNELS:
        raise WaveRefused(f"Il canale «{channel}» non è previsto per i solleciti: SMS o EMAIL")
    service = Service.objects.filter(pk=service_id).first()
    if service is None:
        raise WaveRefused("Il tipo di dovuto non esiste")
    items = list(_reminders(service, channel, at, today))
    return write_wave(
        plan=Plan(Wave.Kind.REMINDER, service, channel, today), items=items, actor=actor, at=at
    )


def _notices(load: Load, at: datetime, today: date) -> Iterator[Planned]:
    columns = ("pk", "subject_id", "uuid", "residual_cents", "state")
    positions = list(Position.objects.filter(load=load).order_by("pk").values_list(*columns))
    addresses = best_contacts(kind=Contact.Kind.EMAIL, subject_ids={p[1] for p in positions})
    holds = holds_in_force(on=today)
    gone = noticed_keys(str(p[2]) for p in positions)
    for pk, subject_id, uuid, residual, state in positions:
        facts = ItemFacts(
            at=at,
            residual_cents=residual,
            withdrawn=state == PositionState.WITHDRAWN,
            held=holds.stop(subject_id, pk),
            already_sent=str(uuid) in gone,
            contact=addresses.get(subject_id, ""),
            keeps_hours=False,
        )
        reason = why_not(facts)
        if reason is ExclusionReason.SENZA_RECAPITO:
            reason = ExclusionReason.CARTA
        yield Planned(subject_id, (pk,), str(uuid), residual, facts.contact, reason or "")


def _reminders(service: Service, channel: str, at: datetime, today: date) -> Iterator[Planned]:
    debts = overdue_debts(on=today, service_id=service.pk)
    subjects = {debt.subject_id for debt in debts}
    addresses = best_contacts(kind=CHANNELS[channel], subject_ids=subjects)
    keys = _subject_keys(subjects)
    holds = holds_in_force(on=today)
    lately = last_messages(at=at)
    for subject_id, group in groupby(debts, key=lambda debt: debt.subject_id):
        chosen, whole_reason = split_held(list(group), holds)
        facts = ItemFacts(
            at=at,
            residual_cents=sum(debt.overdue_cents for debt in chosen),
            withdrawn=False,
            held=whole_reason is ExclusionReason.SOSPESO,
            already_sent=False,
            contact=addresses.get(subject_id, ""),
            last_message_at=lately.get(subject_id),
            threshold_cents=service.reminder_minimum_cents,
            min_gap=MIN_GAP,
            keeps_hours=False,  # a simulation has no hour: sending asks again
        )
        reason = why_not(facts) or whole_reason
        ids = tuple(debt.position_id for debt in chosen)
        yield Planned(
            subject_id, ids, keys[subject_id], facts.residual_cents, facts.contact, reason or ""
        )


def split_held(
    debts: list[OverdueDebt], holds: Holds
) -> tuple[list[OverdueDebt], ExclusionReason | None]:
    """The debts to ask for, and, when none may be asked for, all of them with the reason."""
    payable = [debt for debt in debts if debt.notices]
    if not payable:
        return debts, ExclusionReason.SENZA_AVVISO
    free = [debt for debt in payable if not holds.stop(debt.subject_id, debt.position_id)]
    return (free, None) if free else (payable, ExclusionReason.SOSPESO)


def _subject_keys(subject_ids: Iterable[int]) -> dict[int, str]:
    rows = Subject.objects.filter(pk__in=list(subject_ids)).values_list("pk", "uuid")
    return {pk: str(uuid) for pk, uuid in rows}
