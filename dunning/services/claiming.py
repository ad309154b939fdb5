"""Chapter 9 – claiming: some items are taken, asked again whether there is still a reason to send them, and only then said.

Before: a wave in sending.  After: attempts, committed before anything leaves; items skipped with their reason.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from dunning.models import Wave, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.eligibility import ExclusionReason, why_not
from dunning.services.asking import Asked
from dunning.services.attempts import Leaving, Said, open_attempts
from dunning.services.cascading import go_down
from dunning.services.rechecking import ask_again, take_steps
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_names
from paybox.kernel.problems import Refused

_BY_POSITION = (Wave.Kind.NOTICE, Wave.Kind.ACT)
_NO_WAY = (ExclusionReason.SENZA_RECAPITO, ExclusionReason.DA_NON_DISTURBARE)


@dataclass(slots=True)
class Claimed:
    """``treated``: items that ended here or go on in ``leaving``. ``closed``: it is not the hour for some of them."""

    treated: int = 0
    leaving: list[Leaving] = field(default_factory=list)
    closed: bool = False


@transaction.atomic
def claim_items(*, wave: Wave, channel: str, way: SendingWay, at: datetime, limit: int) -> Claimed:
    """Take up to ``limit`` items of that channel that nobody holds; nothing when the wave is not in sending or none is left."""
    claimed = Claimed()
    items = _free_items(wave, channel, limit)
    lock_names(f"dunning.person/{_person(item)}" for item in items)  # two waves, one person
    going: list[tuple[WaveItem, Asked]] = []
    skipped: dict[ExclusionReason, list[WaveItem]] = defaultdict(list)
    for item, asked in zip(items, ask_again(items, wave=wave, way=way, at=at), strict=True):
        reason = _why_not(item, asked)
        if reason is None:
            going.append((item, asked))
        elif reason is ExclusionReason.FASCIA_ORARIA:
            claimed.closed = True
        elif reason not in _NO_WAY or not go_down(item, at=at):
            skipped[_or_paper(item, reason)].append(item)
    said = _compose(going, skipped)
    claimed.treated = len(items)
    _skip(skipped, at)
    _take(wave, channel, said, at)
    if channel != LETTER:
        claimed.leaving = open_attempts(wave, channel, said, way, at)
    return claimed


def _free_items(wave: Wave, channel: str, limit: int) -> list[WaveItem]:
    """One of each person: a list may name a number twice."""
    if not Wave.objects.filter(pk=wave.pk, state=Wave.State.SENDING).exists():
        return []
    free = WaveItem.objects.select_for_update(skip_locked=True, of=("self",))
    ready = free.filter(wave=wave, state=WaveItem.State.READY, channel=channel)
    items = ready.select_related("subject").order_by("pk")[:limit]
    people: dict[int | str, WaveItem] = {}
    for item in items:
        item.wave = wave
        people.setdefault(item.key if wave.kind in _BY_POSITION else _person(item), item)
    return list(people.values())


def _person(item: WaveItem) -> int | str:
    return item.subject_id or item.address


def _why_not(item: WaveItem, asked: Asked) -> ExclusionReason | None:
    reason = why_not(asked.facts)
    if reason is None and asked.facts.residual_cents > item.amount_cents:
        return ExclusionReason.AUMENTATO
    return reason


def _or_paper(item: WaveItem, reason: ExclusionReason) -> ExclusionReason:
    """A notice that nothing digital reaches any more goes on paper, as the simulation says it."""
    lost = reason is ExclusionReason.SENZA_RECAPITO and item.wave.kind == Wave.Kind.NOTICE
    return ExclusionReason.CARTA if lost else reason


def _compose(
    going: Sequence[tuple[WaveItem, Asked]], skipped: dict[ExclusionReason, list[WaveItem]]
) -> list[Said]:
    """The words of each; what cannot be said is skipped. A letter is worded when it is printed."""
    said: list[Said] = []
    for item, asked in going:
        try:
            said.append((item, asked, None if item.channel == LETTER else asked.compose()))
        except Refused:
            skipped[ExclusionReason.TESTO].append(item)
    return said


def _skip(skipped: dict[ExclusionReason, list[WaveItem]], at: datetime) -> None:
    for reason, items in skipped.items():
        chosen = WaveItem.objects.filter(pk__in=[item.pk for item in items])
        chosen.update(state=WaveItem.State.SKIPPED, reason=reason.value, updated_at=at)


def _take(wave: Wave, channel: str, said: Sequence[Said], at: datetime) -> None:
    on = at.astimezone(ROME).date()
    take_steps([(item, asked.debts) for item, asked, _ in said], wave=wave, on=on)
    state = WaveItem.State.PAPER if channel == LETTER else WaveItem.State.SENDING
    taken = WaveItem.objects.filter(pk__in=[item.pk for item, _, _ in said])
    taken.update(state=state, reason="", updated_at=at)
