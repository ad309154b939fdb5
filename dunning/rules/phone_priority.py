"""Whom to call first: by how much a call may bring, and by what cannot wait. Pure.

Before: the facts of one file.  After: the list is read from the top. The shares are a starting point that nobody measured
here: they only order the list, and no figure of a report comes from them.
"""

from dataclasses import dataclass

_BY_AGE = (
    (90, 45),
    (365, 35),
    (1_095, 22),
    (1_825, 14),
)  # days old → percent that such a debt brings
_VERY_OLD = 8
NEAR_DAYS = 180


@dataclass(frozen=True, slots=True)
class FileFacts:
    """``days_left`` before the credit is lost to time, None when unknown. ``unreached``: other channels failed."""

    residual_cents: int
    days_old: int
    unanswered: int = 0
    broken: int = 0
    promise_due: bool = False
    unreached: bool = False
    days_left: int | None = None


def expected_cents(facts: FileFacts) -> int:
    """What one call is worth, in cents: the residual times a share in ten-thousandths, never more than the residual."""
    if facts.days_left is not None and facts.days_left < 0:
        return 0  # time has taken it away: it may not be asked for
    share = 100 * next((p for days, p in _BY_AGE if facts.days_old <= days), _VERY_OLD)
    share = share * max(2, 10 - facts.unanswered) // 10
    share = share // (1 + facts.broken)
    if facts.promise_due:
        share *= 2
    if facts.unreached:
        share = share * 5 // 4
    if facts.days_left is not None and facts.days_left <= NEAR_DAYS:
        share = share * 3 // 2
    return facts.residual_cents * min(share, 10_000) // 10_000
