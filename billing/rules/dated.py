"""Rules of law with the day they begin and the act that says so: the one in force is looked up by day. Pure.

Before: an act or a sum to be worked out.  After: the figure, and the article to write next to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from paybox.kernel.problems import Refused

T = TypeVar("T")


class RulesRefused(Refused):
    """No rule is known for that day, or the facts given are not possible."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """``value`` in force from ``since`` until the next one begins; ``source`` is the law and the article."""

    since: date
    value: T
    source: str


def in_force(rules: Sequence[Dated[T]], *, on: date) -> Dated[T]:
    """The rule of that day; ``rules`` stand in order of ``since``. Raises RulesRefused before the first."""
    begun = [rule for rule in rules if rule.since <= on]
    if not begun:
        first = rules[0]
        raise RulesRefused(f"{first.source}: si applica dal {first.since:%d/%m/%Y}")
    return begun[-1]


def share(cents: int, *, numerator: int, denominator: int) -> int:
    """``cents`` × numerator / denominator, half a cent up; all non-negative."""
    return (2 * cents * numerator + denominator) // (2 * denominator)
