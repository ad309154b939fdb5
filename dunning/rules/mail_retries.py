"""When an e-mail that a server did not take for now is tried again: sooner at first, then less often, for two days.

Before: a temporary failure (4.x.x, a full mailbox).  After: another try, or the next channel once two days have passed.
"""

from datetime import datetime, timedelta

WAITS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
GIVE_UP_AFTER = timedelta(hours=48)


def next_try(*, first_at: datetime, failed_at: datetime, tries: int) -> datetime | None:
    """When to try again after ``tries`` failures, the first of them on a message written at ``first_at``.

    None once that would be more than two days after it: the message is not a novelty any more.
    """
    wait = WAITS[min(tries, len(WAITS)) - 1]
    again = failed_at + wait
    return again if again <= first_at + GIVE_UP_AFTER else None
