"""Chapter 9 – reconciling: attempts whose outcome was lost are looked up at the provider, never repeated blindly.

Before: a crash, a lost answer.  After: the attempt is found (and not sent again), or proved missing (and may go).
"""

from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from django.db import transaction
from django.db.models import Q, QuerySet

from dunning.channels.protocol import Accepted, Channel, Message, Uncertain
from dunning.models import Attempt
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.refusals import NEVER_LEFT
from dunning.services.attempts import message_of
from dunning.services.giving_back import give_back, give_back_unsent
from dunning.services.outcomes import News, take_news
from dunning.services.way import SendingWay
from paybox.kernel.locking import lock_row

SETTLING = timedelta(minutes=5)  # what is still queued at the provider cannot be found yet
CLAIM_LIVES = timedelta(minutes=2)  # taken back from a living worker, it is not sent by it
MARGIN = timedelta(minutes=5)  # between our clock and the provider's


@runtime_checkable
class FindsSent(Protocol):
    """A channel that can be asked what it was given."""

    def find_sent(self, message: Message, *, since: datetime) -> Accepted | Uncertain | None: ...


def reconcile_attempts(*, wave_id: int, channel: Channel, way: SendingWay, at: datetime) -> int:
    """Settle what is uncertain in one wave. Returns how many attempts remain without an answer.

    Raises what the provider's client raises when it cannot be asked.
    """
    lost = _lost(wave_id, channel.name, at)
    give_back_unsent(attempt_ids=[one.pk for one in lost if one.still_here], at=at)
    for attempt in lost:
        if attempt.still_here:
            continue
        if not isinstance(channel, FindsSent):
            _settle(attempt, News(DeliveryStatus.INCERTO, words=_UNKNOWN), at)
            continue
        since = attempt.created_at - way.clock_ahead - MARGIN
        _conclude(attempt, channel.find_sent(message_of(attempt, way), since=since), at)
    return _open(wave_id, channel.name).count() if isinstance(channel, FindsSent) else 0


_UNKNOWN = "L'invio si è interrotto e il fornitore non può dire se il messaggio è partito."


def _open(wave_id: int, channel: str) -> QuerySet[Attempt]:
    states = [Attempt.State.SENDING, Attempt.State.UNCERTAIN]
    return Attempt.objects.filter(item__wave_id=wave_id, channel=channel, state__in=states)


def _lost(wave_id: int, channel: str, at: datetime) -> list[Attempt]:
    """Uncertain for some minutes, or in sending with nobody holding them any more; or claimed and forgotten."""
    abandoned = Q(state=Attempt.State.SENDING, leased_until__lte=at)
    unsure = Q(state=Attempt.State.UNCERTAIN, created_at__lte=at - SETTLING)
    forgotten = Q(still_here=True, created_at__lte=at - CLAIM_LIVES)
    return list(_open(wave_id, channel).filter(abandoned | unsure | forgotten).order_by("pk"))


def _conclude(attempt: Attempt, found: Accepted | Uncertain | None, at: datetime) -> None:
    """Found, proved missing, or still unknown: only what is proved missing may go again."""
    if found is None:
        _allow_another(attempt, at)
    elif isinstance(found, Uncertain):
        _settle(attempt, News(DeliveryStatus.INCERTO, words=found.words), at)
    elif _is_of_another(attempt, found.provider_ref):
        _settle(attempt, News(DeliveryStatus.INCERTO, words=_UNKNOWN), at)
    else:
        _settle(attempt, News(DeliveryStatus.ACCETTATO, provider_ref=found.provider_ref), at)


def _is_of_another(attempt: Attempt, provider_ref: str) -> bool:
    return Attempt.objects.filter(provider_ref=provider_ref).exclude(pk=attempt.pk).exists()


@transaction.atomic
def _settle(attempt: Attempt, news: News, at: datetime) -> None:
    take_news(attempt_id=attempt.pk, news=news, at=at)


@transaction.atomic
def _allow_another(attempt: Attempt, at: datetime) -> None:
    """Unless a callback has spoken meanwhile."""
    now = lock_row(Attempt, attempt.pk)
    if now.state in (Attempt.State.SENDING, Attempt.State.UNCERTAIN):
        words = "Il fornitore non ha ricevuto il messaggio: si invia di nuovo."
        give_back(attempt_id=attempt.pk, code=NEVER_LEFT, words=words, at=at)
