"""What the messages of a wave tell of how it goes: the first ones, looked at before the others leave, and the newest.

Before: attempts and their outcomes.  After: ``services/watching`` stops what goes wrong; the page says what it waits for.
Those that never left for a fault on our side of the wire, and people who are not on App IO, tell nothing: their items wait
again, or are tried on the next channel.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from dunning.models import Attempt, Wave
from dunning.rules.app_io import SAYS_NOTHING
from dunning.rules.breaker import LOOKED_AT
from dunning.rules.channels import LETTER, LOOKED_UP
from dunning.rules.refusals import NEVER_LEFT, Fault, fault_of

FAILED = (Attempt.State.FAILED, Attempt.State.FAILED_NOW)
STILL_HERE = (Attempt.State.CREATED, Attempt.State.SENDING)


def first_tries(wave: Wave) -> list[Attempt]:
    """Of a large wave, those that are looked at before the others leave; fewer than ``canary`` while some are to leave."""
    return _telling(_tries(wave).order_by("pk"))[: wave.canary]


def newest_tries(wave: Wave, *, since: datetime) -> list[Attempt]:
    """The newest first, of those whose outcome is known."""
    ended = _tries(wave).filter(created_at__gte=since).exclude(state__in=STILL_HERE)
    return _telling(ended.order_by("-pk"))


def in_doubt(wave_id: int) -> bool:
    """Whether some message of the wave may have left and nobody can say yet: who had it in hand died, or an SMS got no answer."""
    of_wave = Attempt.objects.filter(item__wave_id=wave_id).exclude(channel=LETTER)
    asked = Q(state=Attempt.State.UNCERTAIN, channel__in=LOOKED_UP)
    return of_wave.filter(Q(state=Attempt.State.SENDING) | asked).exists()


def _tries(wave: Wave) -> QuerySet[Attempt]:
    of_nobody = (NEVER_LEFT, *SAYS_NOTHING)
    tries = Attempt.objects.filter(item__wave=wave)
    return tries.exclude(state__in=FAILED, error_code__in=of_nobody).only(
        "state", "created_at", "error_code", "channel"
    )


def _telling(tries: QuerySet[Attempt]) -> list[Attempt]:
    return [
        one
        for one in tries[:LOOKED_AT]
        if one.state not in FAILED or fault_of(one.error_code, channel=one.channel) is Fault.RECIPIENT
    ]  # fmt: skip
