"""An amount divided among those it belongs to, to the cent. Pure.

Before: a credit that is partly somebody else's (TARI and TEFA).  After: the transfers of an activation.
"""

from collections.abc import Sequence


def split_cents(total_cents: int, weights: Sequence[int]) -> list[int]:
    """``total_cents`` in proportion to ``weights`` (cents or percentages alike), adding up exactly.

    Largest remainders: each part is its exact share rounded down or up; of equal remainders the earlier
    goes up. Raises ValueError without a positive weight, or with a negative one.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0 or total_cents < 0:
        raise ValueError("Le quote devono essere positive")
    parts = [total_cents * weight // whole for weight in weights]
    remainders = [total_cents * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda turn: (-remainders[turn], turn))
    for turn in order[: total_cents - sum(parts)]:
        parts[turn] += 1
    return parts
