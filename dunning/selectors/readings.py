"""What a person did with a message on App IO, for the page of who got it: opened, paid there.

Before: ``services/app_io_news`` has asked.  After: the page. The debt itself is paid when its collection is booked.
"""

from collections.abc import Sequence
from datetime import datetime

from dunning.models import Attempt, DeliveryEvent

_WORDS = {"LETTO": "aperto dal destinatario", "PAGATO_IN_APP": "pagato da App IO"}


def readings_of(attempts: Sequence[Attempt]) -> dict[int, list[tuple[str, datetime]]]:
    """attempt → words, and when we came to know; nothing for what the platform does not say."""
    told = DeliveryEvent.objects.filter(attempt__in=attempts, status__in=_WORDS).order_by(
        "at", "pk"
    )
    found: dict[int, list[tuple[str, datetime]]] = {}
    for event in told:
        found.setdefault(event.attempt_id, []).append((_WORDS[event.status], event.at))
    return found
