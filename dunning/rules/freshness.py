"""How old the news of payments may be before nobody is reminded: better a day late than to somebody who paid.

Before: when each source of collections was last heard (billing).  After: a wave starts, or waits for a person's word.
"""

from datetime import datetime, timedelta

STALE_AFTER = timedelta(days=3)  # a week-end, and a day of a small body without payments


def stale_since(heard_at: datetime | None, *, at: datetime) -> datetime | None:
    """``heard_at`` when it is too long ago; None when fresh, or when no source was ever heard (nothing to wait for)."""
    return heard_at if heard_at is not None and at - heard_at > STALE_AFTER else None
