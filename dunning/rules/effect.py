"""Did the reminder help? Who got it against who by lot did not, with the interval inside which the truth lies.

Before: how many of each group paid in the days after the start.  After: the wave's page. Everybody counts in the group
she was drawn into, also who was not reached or had just paid: otherwise the comparison flatters the sender.
Source: Newcombe, Interval estimation for the difference between independent proportions, method 10 (1998).
"""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256
from math import sqrt

WINDOW = timedelta(
    days=14
)  # how long the comparison lasts, and how long who is compared is left alone
FEWEST = 50  # in either group; below it a few chances decide
Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Group:
    """People drawn into one group, how many of them paid in the window, and the cents they paid."""

    people: int
    paid: int
    cents: int = 0

    @property
    def share(self) -> Fraction:
        return Fraction(self.paid, self.people) if self.people else Fraction(0)


@dataclass(frozen=True, slots=True)
class Effect:
    """Shares are of one: 0.027 is 2.7 points more. ``enough`` False: nothing may be concluded, whatever the figures."""

    treated: Group
    control: Group
    enough: bool
    difference: float = 0.0
    low: float = 0.0
    high: float = 0.0
    expected_cents: Fraction | None = None  # where it is not the one control group's

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out *no difference*."""
        return self.enough and (self.low > 0 or self.high < 0)

    @property
    def recovered_cents(self) -> int:
        """What came in beyond what the control group lets expect, in whole cents; it may be below zero."""
        if not self.enough:
            return 0
        expected = self.expected_cents
        if expected is None:
            expected = Fraction(self.control.cents, self.control.people) * self.treated.people
        return round(self.treated.cents - expected)


def held_out(salt: str, key: str, percent: int) -> bool:
    """The lot of one person in one wave: always the same answer, so that nobody can be moved by asking again."""
    drawn = int.from_bytes(sha256(f"{salt}/{key}".encode()).digest()[:8])
    return drawn * 100 < percent << 64


def measured_effect(treated: Group, control: Group) -> Effect:
    """The difference of the shares that paid, with its 95 % interval; not *enough* under FEWEST people in a group."""
    if min(treated.people, control.people) < FEWEST:
        return Effect(treated, control, enough=False)
    p, q = float(treated.share), float(control.share)
    p_low, p_high = _wilson(treated)
    q_low, q_high = _wilson(control)
    low = p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return Effect(treated, control, enough=True, difference=p - q, low=low, high=high)


def _wilson(group: Group) -> tuple[float, float]:
    n, p, z = group.people, float(group.share), Z
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - spread, centre + spread
