"""How fresh the news of payments is, asked before anybody is reminded."""

from datetime import datetime

from billing.models import SourceFreshness
from dunning.rules.freshness import stale_since
from paybox.kernel.clock import ROME


def stale_collections(*, at: datetime) -> datetime | None:
    """Since when the slowest source of collections is silent; None when all are fresh enough to remind anybody."""
    heard = SourceFreshness.objects.order_by("complete_until")
    return stale_since(heard.values_list("complete_until", flat=True).first(), at=at)


def stale_words(heard: datetime) -> str:
    """Why nobody is reminded."""
    day = heard.astimezone(ROME)
    return f"Gli incassi sono fermi al {day:%d/%m/%Y %H:%M}: si rischia di sollecitare chi ha già pagato"
