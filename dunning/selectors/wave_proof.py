"""Whether a wave's register still says what it said: every seal worked out again, the first that does not hold named.

Before: ``services/sealing``.  After: the wave's register, the board, the files that carry the last seal away.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from dunning.models import Wave, WaveSeal
from dunning.rules.wave_seal import Fact, Sealed, SealHead, seal
from dunning.selectors.sealed_facts import sealed_facts
from dunning.selectors.seals import sealed_until
from paybox.kernel.clock import ROME

TOLD_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Broken:
    """The first seal that does not hold, and what differs, for the official."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What was read again; ``waiting``: messages and outcomes newer than the last seal. ``broken`` None: all of it holds."""

    seals: int
    messages: int
    events: int
    waiting: int
    broken: Broken | None = None


def verify_wave(*, wave: Wave, told: Callable[[int], object] = lambda done: None) -> Proof:
    """Work the whole chain out again in one reading. ``told``: how many messages and outcomes were read so far."""
    round_until = sealed_until()  # before the seals: a round that ends meanwhile accuses nobody
    seals = list(WaveSeal.objects.filter(wave=wave).order_by("number"))
    broken = next(_loose_links(seals), None)
    if broken:
        return _proof(seals, 0, broken)
    untils = [one.until_at for one in seals]
    facts = _counted(sealed_facts(wave.pk), told)
    found: dict[int, Sealed] = {}
    for place, group in groupby(facts, key=lambda fact: bisect_right(untils, fact.at)):
        if place < len(seals):
            found[place] = seal(head_of(seals[place], wave), group)
        else:
            waiting, missed = _after(group, round_until)
            broken = _missing_seal(seals, missed) if missed else None
            return _proof(seals, waiting, next(_differing(seals, wave, found), broken))
    return _proof(seals, 0, next(_differing(seals, wave, found), None))


def in_words(messages: int, events: int) -> str:
    """``1 messaggio e 3 esiti``."""
    said = "1 messaggio" if messages == 1 else f"{messages} messaggi"
    return f"{said} e {'1 esito' if events == 1 else f'{events} esiti'}"


def head_of(one: WaveSeal, wave: Wave) -> SealHead:
    """As it is written."""
    return SealHead(wave.uuid, one.number, one.since_at, one.until_at, one.previous)


def _proof(seals: Sequence[WaveSeal], waiting: int, broken: Broken | None) -> Proof:
    messages, events = sum(one.messages for one in seals), sum(one.events for one in seals)
    return Proof(len(seals), messages, events, waiting, broken)


def _loose_links(seals: Sequence[WaveSeal]) -> Iterator[Broken]:
    """What can be seen without reading a single message."""
    if not seals:
        return
    first = seals[0]
    if first.number != 1:
        yield Broken(1, f"Manca il sigillo n. 1: il primo che si trova è il n. {first.number}")
    elif first.previous or first.since_at:
        yield Broken(1, "Il sigillo n. 1 non comincia dall'inizio dell'invio: è stato cambiato")
    for before, after in pairwise(seals):
        number = before.number + 1
        if after.number != number:
            yield Broken(
                number,
                f"Manca il sigillo n. {number}: dopo il n. {before.number} si trova il n. {after.number}",
            )
        elif after.previous != before.sha256:
            yield Broken(
                number, f"Il sigillo n. {number} non riporta l'impronta del n. {before.number}: uno dei due è stato cambiato"
            )  # fmt: skip
        elif after.since_at != before.until_at or after.until_at <= before.until_at:
            yield Broken(
                number,
                f"Il sigillo n. {number} non comincia dove finisce il n. {before.number}: è stato cambiato",
            )


def _differing(seals: Sequence[WaveSeal], wave: Wave, found: dict[int, Sealed]) -> Iterator[Broken]:
    for place, one in enumerate(seals):
        now = found.get(place) or seal(head_of(one, wave), ())
        if (now.messages, now.events) != (one.messages, one.events):
            yield Broken(
                one.number, f"{_name(one)} fu messo su {in_words(one.messages, one.events)}: ora risultano {in_words(now.messages, now.events)}. "
                "Qualcosa è stato tolto, aggiunto o spostato nel tempo",
            )  # fmt: skip
        elif now.sha256 != one.sha256:
            yield Broken(
                one.number, f"{_name(one)} copre ancora {in_words(one.messages, one.events)}, ma la sua impronta non torna: almeno un'ora, un "
                "recapito, un contenuto o un esito non è più quello di allora, oppure è stato cambiato il sigillo",
            )  # fmt: skip


def _after(facts: Iterable[Fact], round_until: datetime | None) -> tuple[int, int]:
    """How many are newer than the last seal; of those, how many a night that is over should have sealed."""
    waiting = missed = 0
    for fact in facts:
        waiting += 1
        missed += round_until is not None and fact.at < round_until
    return waiting, missed


def _missing_seal(seals: Sequence[WaveSeal], missed: int) -> Broken:
    number = len(seals) + 1
    return Broken(
        number, f"Il sigillo n. {number} manca: {missed} fra messaggi ed esiti sono di un periodo già chiuso e nessun sigillo "
        "li copre. Il sigillo è stato tolto, oppure sono stati aggiunti dopo",
    )  # fmt: skip


def _name(one: WaveSeal) -> str:
    return f"Il sigillo n. {one.number} del {one.sealed_at.astimezone(ROME):%d/%m/%Y}"


def _counted(facts: Iterable[Fact], told: Callable[[int], object]) -> Iterator[Fact]:
    for number, fact in enumerate(facts, 1):
        yield fact
        if number % TOLD_EVERY == 0:
            told(number)
