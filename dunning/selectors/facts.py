"""What holds a message back: holds, what was already sent, what was sent lately. Asked at planning and at sending."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max

from dunning.models import Attempt, Hold, Wave, WaveItem

MIN_GAP = timedelta(days=7)
_FAILED = (Attempt.State.CREATED, Attempt.State.FAILED, Attempt.State.FAILED_NOW)
_GONE = (
    WaveItem.State.SENDING,
    WaveItem.State.SENT,
    WaveItem.State.REACHED,
    WaveItem.State.UNCERTAIN,
)


@dataclass(frozen=True, slots=True)
class Holds:
    """Subjects held altogether, and single positions held."""

    subjects: frozenset[int]
    positions: frozenset[int]

    def stop(self, subject_id: int, position_id: int) -> bool:
        return subject_id in self.subjects or position_id in self.positions


def holds_in_force(*, on: date, subject_ids: Iterable[int] | None = None) -> Holds:
    """All the holds of that day, or those of some subjects."""
    holds = Hold.objects.in_force(on=on)
    if subject_ids is not None:
        holds = holds.filter(subject_id__in=list(subject_ids))
    rows = list(holds.values_list("subject_id", "position_id"))
    return Holds(
        subjects=frozenset(subject for subject, position in rows if position is None),
        positions=frozenset(position for _, position in rows if position is not None),
    )


def last_messages(*, at: datetime, subject_ids: Iterable[int] | None = None) -> dict[int, datetime]:
    """subject → her last message within the minimum gap, on any debt and channel."""
    recent = Attempt.objects.filter(created_at__gt=at - MIN_GAP).exclude(state__in=_FAILED)
    if subject_ids is not None:
        recent = recent.filter(item__subject_id__in=list(subject_ids))
    return dict(recent.values_list("item__subject_id").annotate(last=Max("created_at")))


def noticed_keys(keys: Iterable[str], *, but_wave_id: int = 0) -> set[str]:
    """Of these keys of wave-zero items, those whose notice already left in another wave."""
    gone = WaveItem.objects.filter(
        wave__kind=Wave.Kind.NOTICE, key__in=list(keys), state__in=_GONE
    ).exclude(wave_id=but_wave_id)
    return set(gone.values_list("key", flat=True))
