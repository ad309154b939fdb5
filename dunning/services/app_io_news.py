"""Chapter 9 – news of App IO: nobody calls us back, so what became of a message is asked until it is known.

Before: messages it took in charge.  After: the attempt stands where the platform says, and never goes back; reading and
paying are kept as events. A message that is still on its way when its time is over is given up.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from dunning.channels.app_io import IoChannel, IoFate
from dunning.channels.platform_wire import PlatformAway
from dunning.models import Attempt, DeliveryEvent
from dunning.rules.app_io import LIFE_SECONDS, status_of, words_of
from dunning.rules.channels import IO
from dunning.rules.delivery import DeliveryStatus
from dunning.services.outcomes import News, take_news
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_row

MANY = 500  # in one round: the platform takes 150 requests in 5 seconds
GIVE_UP_AFTER = timedelta(seconds=LIFE_SECONDS) + timedelta(days=1)
READ_WITHIN = timedelta(days=30)  # after that nobody asks any more whether it was opened
READ, PAID = "LETTO", "PAGATO_IN_APP"
_SILENT = "App IO non ha detto che cosa ne è stato."


def ask_app_io(
    *, channel_for: Callable[[int], IoChannel | None], at: datetime, limit: int = MANY,
    enough: Callable[[], bool] = lambda: False,
) -> int:  # fmt: skip
    """Ask of up to ``limit`` messages on their way, by lot so that the slow ones do not hide the others; fewer when
    ``enough()`` says so between two.

    ``channel_for``: service → its channel, None when it is off. Returns how many changed; stops when the platform is away.
    """
    waiting = Attempt.objects.filter(
        channel=IO, state__in=[Attempt.State.ACCEPTED, Attempt.State.SENT]
    ).exclude(provider_ref="")
    changed = 0
    for attempt, fate in _fates(waiting, channel_for, limit):
        changed += _take(attempt, fate, at)
        if enough():
            break
    return changed


def ask_readings(
    *, channel_for: Callable[[int], IoChannel | None], at: datetime, limit: int = MANY
) -> int:
    """Of up to ``limit`` delivered messages, by lot: were they opened, were they paid there? Returns how many tell more."""
    paid = DeliveryEvent.objects.filter(attempt=OuterRef("pk"), status=PAID)
    arrived = Attempt.objects.filter(
        ~Exists(paid), channel=IO, state=Attempt.State.DELIVERED, created_at__gt=at - READ_WITHIN
    ).exclude(provider_ref="")
    told = _fates(arrived, channel_for, limit)
    return sum(fate is not None and _note_seen(attempt, fate, at) for attempt, fate in told)


def _fates(
    attempts: QuerySet[Attempt], channel_for: Callable[[int], IoChannel | None], limit: int
) -> Iterator[tuple[Attempt, IoFate | None]]:
    """What the platform says of each, by lot; the end when it is away. Those whose channel is off are passed over."""
    channel_of = cache(channel_for)  # one key read and one line opened for each service
    for attempt in attempts.select_related("item__wave").order_by("?")[:limit]:
        channel = channel_of(attempt.item.wave.service_id)
        if channel is None:
            continue
        try:
            fate = channel.fate(attempt.address, attempt.provider_ref)
        except PlatformAway:
            return
        yield attempt, fate


@transaction.atomic
def _take(attempt: Attempt, fate: IoFate | None, at: datetime) -> bool:
    status = status_of(fate.status) if fate else None
    late = at - attempt.created_at > GIVE_UP_AFTER
    if late and not (status and status.is_final):
        silence = News(DeliveryStatus.SCADUTO, words=_SILENT)
        take_news(attempt_id=attempt.pk, news=silence, at=at)
        return True
    if fate is None or status is None:
        return False
    words = words_of(fate.status)
    code = fate.status if words else ""
    before = attempt.state
    after = take_news(attempt_id=attempt.pk, news=News(status, error_code=code, words=words), at=at)
    if after.state == before:
        return False
    _note(attempt, status.value, code, fate, at)
    _note_seen(attempt, fate, at)
    return True


@transaction.atomic
def _note_seen(attempt: Attempt, fate: IoFate, at: datetime) -> bool:
    """Each once: that she opened it, that she paid there. Whether the debt is paid is told by its collection alone."""
    lock_row(Attempt, attempt.pk)
    known = set(attempt.events.values_list("status", flat=True))
    new = [
        event
        for said, event in ((fate.read, READ), (fate.paid, PAID))
        if said and event not in known
    ]
    for event in new:
        _note(attempt, event, "", fate, at)
    return bool(new)


def _note(attempt: Attempt, status: str, code: str, fate: IoFate, at: datetime) -> None:
    raw = store_raw(kind="dunning.io", body=fate.raw, at=at)
    DeliveryEvent.objects.create(
        attempt=attempt, at=at, status=status, error_code=code, raw_message_id=raw.pk
    )
