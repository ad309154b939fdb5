"""A day's plan: the same seed and the same notices make the same day, oddities, flows and treasurer's slips and all.

Before: the notices that may be paid.  After: ``till`` plays it against a running simulator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

# Each pays over with a transfer and a flow of its own.
PSPS = tuple(f"FINTOPSP{number:02d}" for number in range(1, 13))

# What may happen to a notice, and how often in a thousand.
ODDITIES: dict[str, int] = {
    "paid": 680,
    "looked_at": 60,
    "abandoned": 50,
    "expired": 30,
    "late_ok": 30,
    "late_after_another": 20,
    "double": 20,
    "replayed": 40,
    "hung_up": 20,
    "stand_in": 20,
    "stand_in_short": 10,
    "unknown": 10,
    "third_party": 10,
}

# How the treasurer writes the credit of a flow, and how often in a thousand: its causale and its money.
SLIPS: dict[tuple[str, str], int] = {
    ("esatta", "intero"): 300,
    ("maiuscole", "intero"): 100,
    ("spazi", "intero"): 100,
    ("spezzata", "intero"): 100,
    ("ordinante", "intero"): 80,
    ("troncata", "intero"): 60,
    ("troppo-corta", "intero"): 40,
    ("illeggibile", "intero"): 60,
    ("esatta", "diverso"): 60,
    ("esatta", "diviso"): 40,
    ("esatta", "doppio"): 30,
    ("esatta", "mancante"): 30,
}


class OddsRefused(ValueError):
    """An oddity that does not exist, or odds that are none."""


@dataclass(frozen=True, slots=True)
class Case:
    """What happens to one notice. ``number`` is its place in the day."""

    number: int
    notice_number: str
    oddity: str
    paid_at: str
    id_psp: str


@dataclass(frozen=True, slots=True)
class Slip:
    """How the treasurer writes the credit of one flow: a variant of its causale, and one of its money."""

    causale: str
    money: str


def day_odds(given: Mapping[str, int]) -> dict[str, int]:
    """The odds in a thousand, with those ``given`` in place of the usual; paying regularly takes what is left.

    Raises OddsRefused.
    """
    unknown = sorted(set(given) - set(ODDITIES) | ({"paid"} & set(given)))
    if unknown:
        raise OddsRefused(f"non è una stranezza: {', '.join(unknown)}")
    odds = {**ODDITIES, **given}
    odds["paid"] = 1000 - sum(odds.values()) + odds["paid"]
    if min(odds.values()) < 0:
        raise OddsRefused("le probabilità vanno da 0 a 1000 e la loro somma non supera 1000")
    return odds


def plan_day(
    notices: Sequence[str], *, on: date, seed: int, odds: Mapping[str, int] = ODDITIES
) -> list[Case]:
    """One case a notice, in the order of the day; depends on nothing but its arguments."""
    chance = Random(seed)
    order = sorted(notices)
    chance.shuffle(order)
    kinds = chance.choices(list(odds), weights=list(odds.values()), k=len(order))
    return [
        Case(number, notice, kind, _hour(on, number, len(order)), chance.choice(PSPS))
        for number, (notice, kind) in enumerate(zip(order, kinds, strict=True))
    ]


def plan_slips(flows: int, *, seed: int) -> list[Slip]:
    """One for each flow of the day."""
    chance = Random(seed)
    return [
        Slip(*pair) for pair in chance.choices(list(SLIPS), weights=list(SLIPS.values()), k=flows)
    ]


def _hour(on: date, number: int, count: int) -> str:
    """From eight in the morning to eight in the evening."""
    minute = 8 * 60 + 12 * 60 * number // count
    return f"{on.isoformat()}T{minute // 60:02d}:{minute % 60:02d}:00+01:00"
