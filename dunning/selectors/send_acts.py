"""Acts that SEND has in hand: which are not served yet, of a sending or of one credit."""

from django.db.models import QuerySet

from billing.models import Position
from dunning.models import SendCancellation, SendNotification, Wave

STOPPED = (Wave.State.PAUSED, Wave.State.CANCELLED)
_OVER = ("REFUSED", "CANCELLED")


def still_moving() -> QuerySet[SendNotification]:
    """Asked of SEND and neither served, nor refused, nor cancelled, nor given up for dead."""
    open_ = SendNotification.objects.filter(perfected_at=None, look_at__isnull=False)
    return open_.exclude(status__in=_OVER)


def cancellable(wave: Wave) -> QuerySet[SendNotification]:
    """Of one sending: on their way, and nobody has asked yet that they be cancelled."""
    asked = SendCancellation.objects.exclude(state=SendCancellation.State.REFUSED)
    free = still_moving().exclude(pk__in=asked.values("notification_id"))
    return free.filter(attempt__item__wave=wave).order_by("pk")


def to_take_back(wave: Wave) -> int:
    """How many acts of a sending that was stopped are still on their way, and nobody has asked about."""
    return cancellable(wave).count() if wave.state in STOPPED else 0


def moving_for(position: Position) -> QuerySet[SendNotification]:
    """Those that ask for that credit, with item and sending at hand."""
    asked = still_moving().filter(attempt__item__position_ids__contains=[position.pk])
    return asked.select_related("attempt__item__wave").order_by("pk")
