"""How often a stranger may ask: counters in Redis, by address and by the thing asked about.

Before: the portal's forms.  After: a refusal in plain words, with HTTP 429.
"""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from paybox.kernel.problems import Refused

WINDOW_SECONDS = 600
PER_ADDRESS = 30
PER_NOTICE = 8
DOCUMENTS_PER_ADDRESS = 60


class TooManyAttempts(Refused):
    """Asked too often; the message says when to try again."""

    def __init__(self) -> None:
        super().__init__(
            f"Troppi tentativi: per sicurezza attendere {WINDOW_SECONDS // 60} minuti e riprovare."
        )


def count_attempt(*, kind: str, key: str, limit: int) -> None:
    """Count one attempt of that kind in the current Ente. Raises TooManyAttempts above ``limit``."""
    if _increment(f"portal:{kind}:{key}") > limit:
        raise TooManyAttempts


def client_address(request: HttpRequest) -> str:
    """Who asks. Only the proxy of production is believed when it says for whom it asks."""
    behind_proxy = settings.ENVIRONMENT.public_scheme == "https"
    forwarded = request.headers.get("X-Forwarded-For", "") if behind_proxy else ""
    return forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR", "")


def _increment(key: str) -> int:
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired between the two commands: a new window begins
        cache.set(key, 1, WINDOW_SECONDS)
        return 1
