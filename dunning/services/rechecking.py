"""Chapter 9 – re-checking: what is true of some items at the moment of sending, asked under the locks that claim them.

Before: claiming.  After: the same rules that the simulation asked, with today's answers; and the words of what goes.
As many statements for a hundred items as for one.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from billing.models import Position
from billing.selectors.channels import digital_subjects
from billing.selectors.overdue import OverdueDebt
from billing.states import PositionState
from dunning.models import StepTaken, Wave, WaveItem
from dunning.rules.channels import IO
from dunning.rules.eligibility import ItemFacts, stopped_by
from dunning.rules.quiet_hours import SendingHours
from dunning.selectors.facts import holds_in_force, last_messages_to, noticed_keys
from dunning.selectors.messages import act_debt, compose_act, compose_listed, compose_notice
from dunning.selectors.send_words import served_by
from dunning.services.asking import Asked, reminders, silenced, working_contacts
from dunning.services.invitation_asking import invitations
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME


def ask_again(
    items: Sequence[WaveItem], *, wave: Wave, way: SendingWay, at: datetime
) -> list[Asked]:
    """Everything that decides, now, of items of one wave and one channel, in their order."""
    if not items:
        return []
    match wave.kind:
        case Wave.Kind.NOTICE:
            return _notices(items, wave, way, at)
        case Wave.Kind.LIST:
            return _listed(items, way, at)
        case Wave.Kind.ACT:
            return _acts(items, wave, way, at)
        case Wave.Kind.INVITE:
            return invitations(items, wave, way, at)
        case _:
            return reminders(items, wave, way, at)


def take_steps(
    taken: Sequence[tuple[WaveItem, Sequence[OverdueDebt]]], *, wave: Wave, on: date
) -> None:
    """Write that this step leaves for these debts: from now on no other wave may take it. Inside the claim."""
    if wave.step is None:
        return
    step = wave.step.number
    StepTaken.objects.bulk_create(
        [
            StepTaken(position_id=debt.position_id, due_on=debt.due_on, step=step, item=item, taken_on=on)
            for item, debts in taken for debt in debts
        ],
        ignore_conflicts=True,  # its own, from the rung before
    )  # fmt: skip


def _notices(items: Sequence[WaveItem], wave: Wave, way: SendingWay, at: datetime) -> list[Asked]:
    whole = Position.objects.select_related("subject", "service").prefetch_related("instalments")
    positions = whole.in_bulk([item.position_ids[0] for item in items])
    people = {position.subject_id for position in positions.values()}
    holds = holds_in_force(on=at.astimezone(ROME).date(), subject_ids=people)
    gone = noticed_keys([item.key for item in items], but_wave_id=wave.pk)
    working = _digital_contacts(items, people)
    last_day = at.astimezone(ROME).date() + timedelta(days=wave.link_days)

    def asked(item: WaveItem) -> Asked:
        position = positions[item.position_ids[0]]
        facts = ItemFacts(
            at=at,
            residual_cents=position.residual_cents,
            withdrawn=position.state == PositionState.WITHDRAWN,
            held=holds.stop(position.subject_id, position.pk),
            already_sent=item.key in gone,
            contact=working(item),
            keeps_hours=False,
        )
        return Asked(
            facts,
            lambda: compose_notice(
                wave=wave,
                position=position,
                ente=way.ente,
                link=way.portal_url,
                pdf_url=way.notice(position.uuid, last_day) if wave.link_days else "",
                back_url=way.back(position.subject.uuid),
                channel=item.channel,
            ),
        )  # fmt: skip

    return [asked(item) for item in items]


def _digital_contacts(items: Sequence[WaveItem], people: set[int]) -> Callable[[WaveItem], str]:
    """As approved; but on App IO only while the person has not gone back to paper."""
    working = working_contacts(items)
    if items[0].channel != IO:
        return working
    digital = digital_subjects(people)
    return lambda item: working(item) if item.subject_id in digital else ""


def _acts(items: Sequence[WaveItem], wave: Wave, way: SendingWay, at: datetime) -> list[Asked]:
    """A credit opened again by an act: whole, whenever it is due; nothing said lately postpones it."""
    whole = Position.objects.select_related("subject")
    positions = whole.in_bulk([item.position_ids[0] for item in items])
    today = at.astimezone(ROME).date()
    people = {position.subject_id for position in positions.values()}
    holds = holds_in_force(on=today, subject_ids=people)
    working = working_contacts(items, silenced(items))

    def asked(item: WaveItem) -> Asked:
        position = positions[item.position_ids[0]]
        hold = holds.why(position.subject_id, position.pk)
        facts = ItemFacts(
            at=at,
            residual_cents=position.residual_cents,
            withdrawn=position.state == PositionState.WITHDRAWN,
            held=False,
            already_sent=False,
            contact=working(item),
            stopped=stopped_by(hold=hold, gate=None, history=None, on=today),
            keeps_hours=False,
        )
        words = partial(
            compose_act, wave=wave, channel=item.channel, position=position, ente=way.ente, link=way.portal_url
        )  # fmt: skip
        debt = act_debt(position)
        return Asked(facts, served_by(item, [debt], words, ente=way.ente, on=today), (debt,))

    return [asked(item) for item in items]


def _listed(items: Sequence[WaveItem], way: SendingWay, at: datetime) -> list[Asked]:
    """Nothing is known of the debt but what the list said."""
    hushed = silenced(items)
    last = last_messages_to(addresses=[item.address for item in items], at=at)

    def asked(item: WaveItem) -> Asked:
        facts = ItemFacts(
            at=at,
            residual_cents=item.amount_cents,
            withdrawn=False,
            held=False,
            already_sent=False,
            contact="" if item.address in hushed else item.address,
            silenced=True,
            last_message_at=last.get(item.address),
            keeps_hours=way.hours is not None,
            hours=way.hours or SendingHours(),
        )
        return Asked(
            facts,
            lambda: compose_listed(
                channel=item.channel, cents=item.amount_cents, told=item.told, ente=way.ente, link=way.portal_url
            ),
        )  # fmt: skip

    return [asked(item) for item in items]
