"""Bars for an SVG without inline style: only lengths are computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.selectors.board import Age

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """``width`` in hundredths of the longest bar."""

    age: Age
    width: int


def age_bars(ages: Sequence[Age]) -> list[Bar]:
    """One bar an age, as long as its cents; none when nothing is overdue. What is there is always seen."""
    longest = max((age.cents for age in ages), default=0)
    if not longest:
        return []
    return [Bar(age, max(1, LONGEST * age.cents // longest) if age.cents else 0) for age in ages]
