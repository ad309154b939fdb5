"""Chapter 9 – planning: who would get what, why the others would not. No message leaves here.

Before: a confirmed load (wave zero) or what is overdue today (reminders).  After: waves, approved by a person.
Everything is asked in a handful of statements, whatever the number of debtors, and read with flat memory.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from django.db import transaction

from billing.models import Load, Service
from dunning.models import StandingApproval, Wave
from dunning.rules.channels import CHANNELS, LETTER, SEND
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.steps import gate_of
from dunning.selectors.candidates import candidates_of
from dunning.selectors.channel_access import usable_channels
from dunning.selectors.chosen_texts import missing_texts
from dunning.selectors.facts import prices_on
from dunning.selectors.policies import cascade_words, current_policy, policy_steps, rule_steps
from dunning.services.choosing import Choice
from dunning.services.notice_items import notice_channels, notice_items
from dunning.services.refusals import WaveRefused
from dunning.services.simulation import Plan, Planned, fill_wave, open_wave
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row
from tenants.selectors.enti import ente_at_work

CANARY = 25  # the first ones of a large wave, looked at before the others leave
LARGE = 250


@transaction.atomic
def plan_notices(*, load_id: int, actor: Actor, at: datetime, today: date) -> Wave:
    """Wave zero of a confirmed load: the notice by e-mail (or first on App IO, where the office chose so), one item a
    position; who has no address is listed as paper. Raises WaveRefused when the load is not confirmed.
    """
    load = lock_row(Load, load_id)
    if load.state != Load.State.CONFIRMED:
        raise WaveRefused("Gli avvisi si inviano dopo aver confermato il caricamento")
    channels = notice_channels(load.service)
    plan = Plan(Wave.Kind.NOTICE, load.service, channels, today, load_id=load.pk)
    wave = open_wave(plan=plan, actor=actor, at=at)
    return fill_wave(
        wave=wave,
        items=notice_items(load=load, channels=channels, at=at, today=today),
        actor=actor,
        at=at,
    )


@transaction.atomic
def plan_reminders(
    *, service_id: int, channel: str, actor: Actor, at: datetime, today: date
) -> Wave:
    """A reminder outside any policy: one item per debtor with all her overdue debts of the service and their sum.

    Who cannot be reached on ``channel`` is listed. Raises WaveRefused.
    """
    if channel not in CHANNELS or channel in (LETTER, SEND):
        raise WaveRefused(f"Il canale «{channel}» non è previsto per i solleciti: SMS o EMAIL")
    if not usable_channels([channel], service_id=service_id):
        raise WaveRefused(f"{CHANNELS[channel]} non è attivo per questo tipo di dovuto")
    service = Service.objects.filter(pk=service_id).first()
    if service is None:
        raise WaveRefused("Il tipo di dovuto non esiste")
    plan = Plan(Wave.Kind.REMINDER, service, [channel], today)
    return simulate(plan, actor, at)


@transaction.atomic
def plan_step(
    *, service_id: int, number: int, actor: Actor, at: datetime, today: date,
    standing: StandingApproval | None = None, cap: int | None = None,
) -> Wave:  # fmt: skip
    """One step of the service's policy, for those whose turn it is today; at most ``cap`` of them when given.

    Raises WaveRefused when there is no such step, or no text for it yet.
    """
    policy = current_policy(service_id=service_id)
    steps = policy_steps(policy) if policy else []
    step = next((step for step in steps if step.number == number), None)
    if step is None:
        raise WaveRefused("La procedura di questo tipo di dovuto non ha questo passo")
    if step.adds_sums:
        raise WaveRefused(
            "Questo passo è un atto o addebita somme: si prepara in «Atti», non con un invio"
        )
    if missing := missing_texts(step):
        raise WaveRefused(missing)
    channels = usable_channels(step.channels, service_id=service_id)
    if not channels:
        raise WaveRefused(
            f"Non è attivo alcun canale di questo passo: {cascade_words(step.channels)}"
        )
    canary = 0 if standing else CANARY
    plan = Plan(
        Wave.Kind.REMINDER, step.policy.service, channels, today, step=step, standing=standing, canary=canary
    )  # fmt: skip
    return simulate(plan, actor, at, cap=cap)


def simulate(
    plan: Plan, actor: Actor, at: datetime, *, cap: int | None = None,
    arrange: Callable[[Iterator[Planned]], Iterator[Planned]] = iter,
) -> Wave:  # fmt: skip
    """The wave of a plan, its items in the order that ``arrange`` gives them: so they leave. Inside a transaction."""
    wave = open_wave(plan=plan, actor=actor, at=at)
    items = capped(arrange(_reminders(wave, plan, at)), cap)
    fill_wave(wave=wave, items=items, actor=actor, at=at)
    if wave.recipients < LARGE:
        wave.canary = 0
        wave.save(update_fields=["canary"])
    return wave


def _reminders(wave: Wave, plan: Plan, at: datetime) -> Iterator[Planned]:
    step = plan.step
    gate = gate_of(rule_steps(step.policy), step.number) if step else None
    choice = Choice(
        wave=wave,
        at=at,
        ente=ente_at_work(),
        prices=prices_on(plan.on),
        threshold_cents=max(
            plan.service.reminder_minimum_cents,
            plan.minimum_cents,
            step.minimum_cents if step else 0,
        ),
    )
    found = candidates_of(
        service_id=plan.service.pk, gate=gate, on=plan.on, at=at, positions=plan.positions, lapsed=plan.lapsed
    )  # fmt: skip
    return map(choice.planned, found)


def capped(items: Iterator[Planned], cap: int | None) -> Iterator[Planned]:
    """Beyond the cap they wait for tomorrow."""
    left = cap
    for item in items:
        if left is None or item.reason or item.held_out:
            yield item
        elif left > 0:
            left -= 1
            yield item
        else:
            yield item.put_off(ExclusionReason.TETTO)
