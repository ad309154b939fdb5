"""Bars for an SVG without inline style: only lengths are computed here."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.selectors.board import Age

START = 140
LONGEST = 440


@dataclass(frozen=True, slots=True)
class Bar:
    """``y`` and ``width`` in units of the drawing."""

    age: Age
    y: int
    width: int

    @property
    def text_x(self) -> int:
        """Where the amount begins, after the bar."""
        return START + self.width + 10


def age_bars(ages: Sequence[Age]) -> list[Bar]:
    """One bar an age, as long as its cents; empty when nothing is overdue."""
    longest = max((age.cents for age in ages), default=0)
    if not longest:
        return []
    return [
        Bar(age, 34 * n, max(2, LONGEST * age.cents // longest) if age.cents else 0)
        for n, age in enumerate(ages)
    ]
