"""One row of the table: a measure, its floor of the same run, and whether the goal is met."""

from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Row:
    """``ratio`` is value over floor; ``more`` holds further figures of the row."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float
    goal: float
    ok: bool
    more: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, name: str, value: float, unit: str, floor: float, goal: float, *, also: bool = True
    ) -> Self:
        """``also`` is any further condition of the goal."""
        ratio = value / floor
        return cls(
            name, round(value, 2), unit, round(floor, 2), round(ratio, 3), goal,
            ok=ratio >= goal and also,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "floor": self.floor,
            "ratio": self.ratio,
            "goal": self.goal,
            "ok": self.ok,
            **self.more,
        }
