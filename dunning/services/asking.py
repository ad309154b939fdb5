"""Chapter 9 – asking: what is true now of the debts that reminders ask for, as many statements for a hundred as for one.

Before: ``rechecking``.  After: the same rules that the simulation asked, with today's answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from billing.models import Position
from billing.selectors.overdue import OverdueDebt, overdue_debts
from billing.states import PositionState
from dunning.models import Wave, WaveItem
from dunning.rules.channels import BY_TAX_CODE, CONTACT_KINDS, LETTER, SMS
from dunning.rules.eligibility import ASKED_GAP, MIN_GAP, ExclusionReason, ItemFacts, stopped_by
from dunning.rules.quiet_hours import SendingHours
from dunning.selectors.campaigns import lapsed_among
from dunning.selectors.facts import histories, holds_in_force, last_messages, silenced_of
from dunning.selectors.messages import Composed, compose_reminder
from dunning.selectors.policies import gate_for, overdue_until
from dunning.selectors.send_words import served_by
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME
from registry.models import Contact

_Reason = ExclusionReason | None


@dataclass(frozen=True, slots=True)
class Asked:
    """``debts``: those that the message asks for. ``letter``: its words to be frozen, where they are not of debts."""

    facts: ItemFacts
    compose: Callable[[], Composed]
    debts: tuple[OverdueDebt, ...] = ()
    letter: Callable[[], dict[str, Any]] | None = None


def reminders(items: Sequence[WaveItem], wave: Wave, way: SendingWay, at: datetime) -> list[Asked]:
    """Overdue as on the day of the simulation: what falls due later was not approved."""
    ids = [pk for item in items for pk in item.position_ids]
    until = overdue_until(wave)
    states = dict(Position.objects.filter(pk__in=ids).values_list("pk", "state"))
    debts: dict[int, OverdueDebt] = {
        debt.position_id: debt for debt in overdue_debts(on=until, position_ids=ids) if debt.notices
    }
    why = _stoppers(items, wave, list(debts.values()), at)
    hushed = silenced(items)
    working = working_contacts(items, hushed)
    last = last_messages(at=at, subject_ids=[item.subject_id or 0 for item in items])
    threshold, today = _threshold(wave), at.astimezone(ROME).date()

    def asked(item: WaveItem) -> Asked:
        subject = item.subject
        assert subject is not None  # noqa: S101 - only a list has items without a debtor
        hers = [debts[pk] for pk in sorted(item.position_ids) if pk in debts]
        free = [debt for debt in hers if why(debt) is None]
        facts = ItemFacts(
            at=at,
            residual_cents=sum(debt.overdue_cents for debt in free or hers),
            withdrawn={states[pk] for pk in item.position_ids} == {PositionState.WITHDRAWN.value},
            held=False,
            already_sent=False,
            contact=working(item),
            stopped=why(hers[0]) if hers and not free else None,
            silenced=item.address in hushed,
            last_message_at=last.get(subject.pk),
            threshold_cents=threshold,
            min_gap=ASKED_GAP if wave.kind == Wave.Kind.PHONE else MIN_GAP,
            keeps_hours=way.hours is not None and item.channel == SMS,
            hours=way.hours or SendingHours(),
        )
        words = partial(
            compose_reminder, wave=wave, channel=item.channel, name=subject.name, debts=free, ente=way.ente,
            link=way.portal_url,
        )  # fmt: skip
        return Asked(facts, served_by(item, free, words, ente=way.ente, on=today), tuple(free))

    return [asked(item) for item in items]


def _stoppers(
    items: Sequence[WaveItem], wave: Wave, debts: Sequence[OverdueDebt], at: datetime
) -> Callable[[OverdueDebt], _Reason]:
    """What holds back each of these debts."""
    today = at.astimezone(ROME).date()
    holds = holds_in_force(on=today, subject_ids={debt.subject_id for debt in debts})
    gate = gate_for(wave)
    known = histories(debts, but_item_ids=[item.pk for item in items]) if gate else {}
    ids = [debt.position_id for debt in debts]
    lapsed = lapsed_among(ids, wave.campaign, on=today) if wave.campaign else set()

    def why(debt: OverdueDebt) -> _Reason:
        if debt.position_id in lapsed:
            return ExclusionReason.PRESCRITTO
        hold = holds.why(debt.subject_id, debt.position_id)
        if wave.kind == Wave.Kind.PHONE and hold == ExclusionReason.PROMESSA:
            hold = ""  # she is written what she has just promised
        return stopped_by(hold=hold, gate=gate, history=known.get(debt.position_id), on=today)

    return why


def _threshold(wave: Wave) -> int:
    own = wave.campaign.minimum_cents if wave.campaign else 0
    return max(
        wave.service.reminder_minimum_cents, own, wave.step.minimum_cents if wave.step else 0
    )


def silenced(items: Sequence[WaveItem]) -> set[str]:
    """Of their addresses, those nothing of courtesy goes to. Items of one channel."""
    return silenced_of(channel=items[0].channel, addresses=[item.address for item in items])


def working_contacts(
    items: Sequence[WaveItem], hushed: set[str] | frozenset[str] = frozenset()
) -> Callable[[WaveItem], str]:
    """The approved address, if it still is one of hers, has not failed since and is not to be left alone."""
    channel = items[0].channel
    hers: set[tuple[int, str]] = set()
    if channel in CONTACT_KINDS:
        found = Contact.objects.filter(
            kind=CONTACT_KINDS[channel],
            subject_id__in=[item.subject_id or 0 for item in items],
            value__in=[item.address for item in items],
        )
        working = found.exclude(quality=Contact.Quality.FAILING)
        hers = set(working.values_list("subject_id", "value"))

    def contact(item: WaveItem) -> str:
        if channel == LETTER or channel in BY_TAX_CODE:
            return item.address
        good = (item.subject_id, item.address) in hers and item.address not in hushed
        return item.address if good else ""

    return contact
