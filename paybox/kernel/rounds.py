"""Rounds of the clock that read somebody else's mailbox: one reader at a time, each no longer than its turn.

Before: beat rings every minute, whatever is still under way.  After: the next round goes on from there. A reader that
was killed keeps the others out for a minute and a half; without that a slow mailbox would fill with readers every worker there is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.cache import caches

TURN_SECONDS = 40.0  # less than a minute: the clock rings again
KEPT_SECONDS = 90


@contextmanager
def reading_alone(name: str) -> Iterator[bool]:
    """False when somebody else, in any process of the installation, is reading it now."""
    key = f"reading/{name}"
    mine = bool(caches["platform"].add(key, 1, KEPT_SECONDS))
    try:
        yield mine
    finally:
        if mine:
            caches["platform"].delete(key)


def turn_over(*, seconds: float = TURN_SECONDS) -> Callable[[], bool]:
    """Asked as often as one likes: whether ``seconds`` have gone since this call."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end
