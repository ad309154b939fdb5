"""When a wave stops by itself: too many failures in a row, too many in all, or a bad start.

Before: the outcomes of the wave's last messages.  After: the wave goes on, waits for news, or waits for a person.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

IN_A_ROW = 10
LOOKED_AT = 200
FEWEST = 50
WORST_PERCENT = 20
NEWS_TAKES = timedelta(minutes=10)  # how long the first messages' receipts are waited for


class Verdict(StrEnum):
    GO = "GO"
    WAIT = "WAIT"
    STOP = "STOP"


def broken(failed: Sequence[bool]) -> bool:
    """``failed``: the newest outcomes first, True for a message that did not arrive. True: stop and call somebody."""
    if len(failed) >= IN_A_ROW and all(failed[:IN_A_ROW]):
        return True
    seen = failed[:LOOKED_AT]
    return len(seen) >= FEWEST and sum(seen) * 100 > WORST_PERCENT * len(seen)


def canary_verdict(*, failed: int, undecided: int, total: int, waited: timedelta) -> Verdict:
    """Of the first ``total`` messages. Receipts are waited for a while: some providers never send any."""
    if failed * 100 > WORST_PERCENT * total:
        return Verdict.STOP
    return Verdict.WAIT if undecided and waited < NEWS_TAKES else Verdict.GO
