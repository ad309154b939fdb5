"""Several sendings of the same step taken together: each compared with its own group, so that no month stands for another.

Before: the groups of each sending.  After: the wave's page. Small bodies never have enough people in one sending.
Source: Mantel and Haenszel's weights; the variance of Greenland and Robins, Biometrics 41 (1985), for the difference.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt

from dunning.rules.effect import FEWEST, Effect, Group, Z

FEWEST_PAYERS = 10  # in all; below it the interval of this method says more than it knows


def pooled_effect(pairs: Sequence[tuple[Group, Group]]) -> Effect:
    """``pairs``: treated and control of each sending; those without both groups say nothing. 95 % interval."""
    both = [(t, c) for t, c in pairs if t.people and c.people]
    treated, control = (_sum([pair[side] for pair in both]) for side in (0, 1))
    few = min(treated.people, control.people) < FEWEST
    if few or treated.paid + control.paid < FEWEST_PAYERS:
        return Effect(treated, control, enough=False)
    weight = sum(Fraction(t.people * c.people, t.people + c.people) for t, c in both)
    difference = sum(_difference(t, c) for t, c in both) / weight
    spread = Z * sqrt(sum(_variance(t, c) for t, c in both)) / float(weight)
    middle = float(difference)
    return Effect(
        treated, control, enough=True, difference=middle, low=max(-1.0, middle - spread),
        high=min(1.0, middle + spread), expected_cents=sum((_expected(t, c) for t, c in both), Fraction(0)),
    )  # fmt: skip


def _sum(groups: Sequence[Group]) -> Group:
    return Group(
        sum(g.people for g in groups), sum(g.paid for g in groups), sum(g.cents for g in groups)
    )


def _difference(t: Group, c: Group) -> Fraction:
    return Fraction(t.paid * c.people - c.paid * t.people, t.people + c.people)


def _variance(t: Group, c: Group) -> float:
    """Of ``_difference``."""
    all_ = t.people + c.people
    own = t.paid * (t.people - t.paid) * c.people**3 + c.paid * (c.people - c.paid) * t.people**3
    return own / (t.people * c.people * all_**2)


def _expected(t: Group, c: Group) -> Fraction:
    """The cents that would have come anyway."""
    return Fraction(c.cents, c.people) * t.people
