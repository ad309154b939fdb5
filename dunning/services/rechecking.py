"""Chapter 9 – re-checking: what is true of one item at the moment of sending, asked under the lock that claims it.

Before: claiming.  After: the same rules that the simulation asked, with today's answers; and the words, if it goes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from billing.models import Position
from billing.selectors.overdue import OverdueDebt, overdue_debts
from billing.states import PositionState
from dunning.models import StepTaken, Wave, WaveItem
from dunning.rules.channels import BY_TAX_CODE, CONTACT_KINDS, LETTER, SMS
from dunning.rules.eligibility import ASKED_GAP, MIN_GAP, ExclusionReason, ItemFacts, stopped_by
from dunning.rules.quiet_hours import SendingHours
from dunning.rules.steps import Gate, gate_of
from dunning.selectors.campaigns import lapsed_among
from dunning.selectors.facts import (
    histories,
    holds_in_force,
    is_silenced,
    last_message_to,
    last_messages,
    noticed_keys,
)
from dunning.selectors.messages import (
    Composed,
    act_debt,
    compose_act,
    compose_listed,
    compose_notice,
    compose_reminder,
)
from dunning.selectors.policies import rule_steps
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME
from registry.models import Contact


@dataclass(frozen=True, slots=True)
class Asked:
    """``debts``: those that the message asks for."""

    facts: ItemFacts
    compose: Callable[[], Composed]
    debts: tuple[OverdueDebt, ...] = ()


def ask_again(item: WaveItem, *, way: SendingWay, at: datetime) -> Asked:
    """Everything that decides, now. ``item.wave`` at hand."""
    match item.wave.kind:
        case Wave.Kind.NOTICE:
            return _notice(item, way, at)
        case Wave.Kind.LIST:
            return _listed(item, way, at)
        case Wave.Kind.ACT:
            return _act(item, way, at)
        case _:
            return _reminder(item, way, at)


def take_steps(item: WaveItem, debts: tuple[OverdueDebt, ...], *, on: date) -> None:
    """Write that this step leaves for these debts: from now on no other wave may take it. Inside the claim."""
    if item.wave.step is None:
        return
    StepTaken.objects.bulk_create(
        [
            StepTaken(
                position_id=debt.position_id, due_on=debt.due_on, step=item.wave.step.number, item=item, taken_on=on
            )
            for debt in debts
        ],
        ignore_conflicts=True,  # its own, from the rung before
    )  # fmt: skip


def _notice(item: WaveItem, way: SendingWay, at: datetime) -> Asked:
    position = (
        Position.objects.select_related("subject", "service")
        .prefetch_related("instalments")
        .get(pk=item.position_ids[0])
    )
    subject_id = position.subject_id
    holds = holds_in_force(on=at.astimezone(ROME).date(), subject_ids=[subject_id])
    facts = ItemFacts(
        at=at,
        residual_cents=position.residual_cents,
        withdrawn=position.state == PositionState.WITHDRAWN,
        held=holds.stop(subject_id, position.pk),
        already_sent=bool(noticed_keys([item.key], but_wave_id=item.wave_id)),
        contact=_working_contact(item),
        keeps_hours=False,
    )
    wave, last_day = item.wave, at.astimezone(ROME).date() + timedelta(days=item.wave.link_days)
    return Asked(
        facts,
        lambda: compose_notice(
            wave=wave,
            position=position,
            ente=way.ente,
            link=way.portal_url,
            pdf_url=way.notice(position.uuid, last_day) if wave.link_days else "",
            back_url=way.back(position.subject.uuid),
        ),
    )


def _act(item: WaveItem, way: SendingWay, at: datetime) -> Asked:
    """A credit opened again by an act: whole, whenever it is due; nothing said lately postpones it."""
    position = Position.objects.select_related("subject").get(pk=item.position_ids[0])
    debt, today = act_debt(position), at.astimezone(ROME).date()
    holds = holds_in_force(on=today, subject_ids=[position.subject_id])
    hold = holds.why(position.subject_id, position.pk)
    facts = ItemFacts(
        at=at,
        residual_cents=position.residual_cents,
        withdrawn=position.state == PositionState.WITHDRAWN,
        held=False,
        already_sent=False,
        contact=_working_contact(item),
        stopped=stopped_by(hold=hold, gate=None, history=None, on=today),
        keeps_hours=False,
    )
    wave = item.wave
    return Asked(
        facts,
        lambda: compose_act(wave=wave, channel=item.channel, position=position, ente=way.ente, link=way.portal_url),
        (debt,),
    )  # fmt: skip


def _reminder(item: WaveItem, way: SendingWay, at: datetime) -> Asked:
    """Overdue as on the day of the simulation: what falls due later was not approved."""
    subject = item.subject
    assert subject is not None  # noqa: S101 - only a list has items without a debtor
    states = set(Position.objects.filter(pk__in=item.position_ids).values_list("state", flat=True))
    gate = gate_for(item.wave)
    until = gate.looks_until(item.wave.planned_on) if gate else item.wave.planned_on
    debts = overdue_debts(on=until, position_ids=item.position_ids)
    asked = [d for d in debts if d.notices]
    free, stopped = _free(item, asked, at)
    facts = ItemFacts(
        at=at,
        residual_cents=sum(d.overdue_cents for d in free or asked),
        withdrawn=states == {PositionState.WITHDRAWN.value},
        held=False,
        already_sent=False,
        contact=_working_contact(item),
        stopped=stopped,
        silenced=is_silenced(channel=item.channel, address=item.address),
        last_message_at=last_messages(at=at, subject_ids=[subject.pk]).get(subject.pk),
        threshold_cents=_threshold(item.wave),
        min_gap=ASKED_GAP if item.wave.kind == Wave.Kind.PHONE else MIN_GAP,
        keeps_hours=way.hours is not None and item.channel == SMS,
        hours=way.hours or SendingHours(),
    )
    wave, link = item.wave, way.portal_url
    return Asked(
        facts,
        lambda: compose_reminder(
            wave=wave, channel=item.channel, name=subject.name, debts=free, ente=way.ente, link=link
        ),
        tuple(free),
    )  # fmt: skip


def _free(
    item: WaveItem, asked: list[OverdueDebt], at: datetime
) -> tuple[list[OverdueDebt], ExclusionReason | None]:
    """The debts nothing holds back; when there is none, the reason of the first."""
    today = at.astimezone(ROME).date()
    holds = holds_in_force(on=today, subject_ids=[d.subject_id for d in asked])
    gate = gate_for(item.wave)
    known = histories(asked, but_item_id=item.pk) if gate else {}
    campaign = item.wave.campaign
    lapsed = lapsed_among(item.position_ids, campaign, on=today) if campaign else set()
    free, reasons = [], []
    for debt in asked:
        hold = holds.why(debt.subject_id, debt.position_id)
        if item.wave.kind == Wave.Kind.PHONE and hold == ExclusionReason.PROMESSA:
            hold = ""  # she is written what she has just promised
        reason = stopped_by(hold=hold, gate=gate, history=known.get(debt.position_id), on=today)
        if debt.position_id in lapsed:
            reason = ExclusionReason.PRESCRITTO
        free += [] if reason else [debt]
        reasons += [reason] if reason else []
    return free, None if free or not reasons else reasons[0]


def gate_for(wave: Wave) -> Gate | None:
    """The conditions of the wave's step; None outside any policy."""
    return gate_of(rule_steps(wave.step.policy), wave.step.number) if wave.step else None


def _listed(item: WaveItem, way: SendingWay, at: datetime) -> Asked:
    """Nothing is known of the debt but what the list said."""
    facts = ItemFacts(
        at=at,
        residual_cents=item.amount_cents,
        withdrawn=False,
        held=False,
        already_sent=False,
        contact="" if is_silenced(channel=item.channel, address=item.address) else item.address,
        silenced=True,
        last_message_at=last_message_to(address=item.address, at=at),
        keeps_hours=way.hours is not None,
        hours=way.hours or SendingHours(),
    )
    return Asked(
        facts,
        lambda: compose_listed(
            channel=item.channel, cents=item.amount_cents, told=item.told, ente=way.ente, link=way.portal_url
        ),
    )  # fmt: skip


def _threshold(wave: Wave) -> int:
    own = wave.campaign.minimum_cents if wave.campaign else 0
    step = wave.step.minimum_cents if wave.step else 0
    return max(wave.service.reminder_minimum_cents, own, step)


def _working_contact(item: WaveItem) -> str:
    """The approved address, if it still is one of hers, has not failed since and is not to be left alone."""
    if item.channel == LETTER or item.channel in BY_TAX_CODE:
        return item.address
    kind, subject_id = CONTACT_KINDS[item.channel], item.subject_id or 0
    working = Contact.objects.filter(subject_id=subject_id, kind=kind, value=item.address)
    if not working.exclude(quality=Contact.Quality.FAILING).exists():
        return ""
    listed = item.wave.kind != Wave.Kind.NOTICE and is_silenced(
        channel=item.channel, address=item.address
    )
    return "" if listed else item.address
