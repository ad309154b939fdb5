"""What holds a message back: holds, the steps already taken, what was already sent or sent lately. Asked again at sending."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, QuerySet

from billing.models import Position
from billing.selectors.overdue import OverdueDebt
from dunning.models import Attempt, ChannelPrice, Hold, StepTaken, Suppression, Wave, WaveItem
from dunning.rules.channels import USUAL_MILLS
from dunning.rules.eligibility import MIN_GAP
from dunning.rules.steps import History, Taken
from paybox.kernel.clock import ROME
from registry.models import Contact

NOT_LEFT = (Attempt.State.CREATED, Attempt.State.FAILED, Attempt.State.FAILED_NOW)
_GONE = (
    WaveItem.State.SENDING,
    WaveItem.State.SENT,
    WaveItem.State.REACHED,
    WaveItem.State.UNCERTAIN,
)


@dataclass(frozen=True, slots=True)
class Holds:
    """Subjects held altogether, and single positions held, each with its reason."""

    subjects: Mapping[int, str]
    positions: Mapping[int, str]

    def stop(self, subject_id: int, position_id: int) -> bool:
        return bool(self.why(subject_id, position_id))

    def why(self, subject_id: int, position_id: int) -> str:
        """The reason of the hold on that debt; empty when there is none."""
        return self.positions.get(position_id) or self.subjects.get(subject_id, "")


def holds_in_force(*, on: date, subject_ids: Iterable[int] | None = None) -> Holds:
    """All the holds of that day, or those of some subjects."""
    holds = Hold.objects.in_force(on=on)
    if subject_ids is not None:
        holds = holds.filter(subject_id__in=list(subject_ids))
    rows = list(holds.order_by("-reason").values_list("subject_id", "position_id", "reason"))
    return Holds(
        subjects={subject: reason for subject, position, reason in rows if position is None},
        positions={position: reason for _, position, reason in rows if position is not None},
    )


def last_messages(*, at: datetime, subject_ids: Iterable[int]) -> dict[int, datetime]:
    """subject → her last message within the minimum gap, on any debt and channel, also to her number from a list."""
    ids = list(subject_ids)
    recent = Attempt.objects.filter(created_at__gt=at - MIN_GAP).exclude(state__in=NOT_LEFT)
    hers = recent.filter(item__subject_id__in=ids).values_list("item__subject_id")
    found = dict(hers.annotate(last=Max("created_at")))
    numbers = Contact.objects.filter(kind=Contact.Kind.MOBILE, subject_id__in=ids)
    listed = recent.filter(item__subject=None, address__in=numbers.values("value"))
    told = dict(listed.values_list("address").annotate(last=Max("created_at")))
    if told:
        for subject_id, number in numbers.filter(value__in=told).values_list("subject_id", "value"):
            found[subject_id] = max(told[number], found.get(subject_id, told[number]))
    return found


def last_messages_to(*, addresses: Iterable[str], at: datetime) -> dict[str, datetime]:
    """address → the last message to it within the minimum gap, whoever it belongs to."""
    recent = Attempt.objects.filter(created_at__gt=at - MIN_GAP, address__in=list(addresses))
    known = recent.exclude(state__in=NOT_LEFT).values_list("address")
    return dict(known.annotate(last=Max("created_at")))


def messages_that_left() -> QuerySet[Attempt]:
    """What is counted and paid for: handed over and taken in charge, whatever became of it; not what was refused at once."""
    return Attempt.objects.filter(sent_at__isnull=False)


def noticed_keys(keys: Iterable[str], *, but_wave_id: int = 0) -> set[str]:
    """Of these keys of wave-zero items, those whose notice already left in another wave."""
    gone = WaveItem.objects.filter(
        wave__kind=Wave.Kind.NOTICE, key__in=list(keys), state__in=_GONE
    ).exclude(wave_id=but_wave_id)
    return set(gone.values_list("key", flat=True))


def histories(
    debts: Iterable[OverdueDebt], *, but_item_ids: Iterable[int] = ()
) -> dict[int, History]:
    """position → its steps taken so far, leaving out those of some items; two statements."""
    due = {debt.position_id: debt.due_on for debt in debts}
    taken: dict[int, list[Taken]] = defaultdict(list)
    steps = StepTaken.objects.filter(position_id__in=due).exclude(item_id__in=list(but_item_ids))
    columns = ("position_id", "step", "due_on", "taken_on", "delivered_on")
    for position_id, *one in steps.values_list(*columns):
        taken[position_id].append(Taken(*one))
    noticed = Position.objects.filter(pk__in=due).values_list("pk", "noticed_at")
    return {
        pk: History(due[pk], at and at.astimezone(ROME).date(), tuple(taken[pk]))
        for pk, at in noticed
    }


def silenced_of(*, channel: str, addresses: Iterable[str]) -> set[str]:
    """Of these addresses, those to which nothing of courtesy goes."""
    listed = Suppression.objects.filter(channel=channel, lifted_at__isnull=True)
    return set(listed.filter(address__in=list(addresses)).values_list("address", flat=True))


def prices_on(on: date) -> dict[str, int]:
    """channel → thousandths of a euro a message that day; the usual ones where the Ente wrote none."""
    written = ChannelPrice.objects.filter(valid_from__lte=on).order_by("valid_from")
    return {**USUAL_MILLS, **dict(written.values_list("channel", "mills"))}
