"""Whether an automatic sending looks like those of before: if not, a person looks first.

Before: how many people each of the last runs chose.  After: today's leaves, or its standing approval is paused.
"""

from collections.abc import Sequence
from statistics import median

RUNS = 8
FEWEST_RUNS = 3  # the daily cap is the only guard of the first ones
SMALL = 20  # below it any change is chance
TOLERANCE_PERCENT = 50


def deviates(chosen: int, earlier: Sequence[int]) -> bool:
    """``earlier``: the newest first. More than half above, or below, the median of the last runs."""
    if len(earlier) < FEWEST_RUNS:
        return False
    usual = median(earlier[:RUNS])
    if max(chosen, usual) < SMALL:
        return False
    return bool(abs(chosen - usual) * 100 > TOLERANCE_PERCENT * usual)
