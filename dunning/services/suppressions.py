"""Chapter 9 – silence: addresses that get nothing of courtesy any more, and prices of what is sent. Kept by the office.

Before: an objection on paper or by telephone.  After: planning and sending leave those addresses alone; formal notices
and payment notices are not optional and still go.
"""

from datetime import date, datetime

from django.db import transaction

from dunning.models import ChannelPrice, Suppression
from dunning.rules.channels import CHANNELS, EMAIL, PEC, SMS
from dunning.rules.silence_files import read_reach
from dunning.services.refusals import WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit

MAX_MILLS = 100_000


@transaction.atomic
def silence_address(*, channel: str, address: str, actor: Actor, at: datetime) -> Suppression:
    """Leave an address alone from now on; twice is once. Raises WaveRefused, ContactRefused."""
    if channel not in (SMS, EMAIL, PEC):
        raise WaveRefused("Si possono escludere numeri, e-mail e PEC")
    clean = read_reach(channel, address)
    found, is_new = Suppression.objects.get_or_create(
        channel=channel, address=clean, lifted_at=None,
        defaults={
            "reason": Suppression.Reason.OFFICE, "created_at": at, "actor_name": actor.name,
        },
    )  # fmt: skip
    if is_new:
        _trace("silenced", found, actor, at)
    return found


@transaction.atomic
def lift_silence(*, suppression_id: int, actor: Actor, at: datetime) -> None:
    """The address may be used again. Lifting it twice is nothing."""
    found = Suppression.objects.select_for_update().get(pk=suppression_id)
    if found.lifted_at is None:
        found.lifted_at = at
        found.save(update_fields=["lifted_at"])
        _trace("lifted", found, actor, at)


@transaction.atomic
def write_price(*, channel: str, mills: int, valid_from: date, actor: Actor, at: datetime) -> None:
    """What a message (an SMS: a part) costs from that day, in thousandths of a euro. Raises WaveRefused."""
    if channel not in CHANNELS or not 0 <= mills <= MAX_MILLS:
        raise WaveRefused("Il prezzo di un messaggio va da 0 a 100 euro")
    if ChannelPrice.objects.filter(channel=channel, valid_from__gte=valid_from).exists():
        raise WaveRefused("C'è già un prezzo da quel giorno o da un giorno successivo")
    ChannelPrice.objects.create(channel=channel, mills=mills, valid_from=valid_from)
    record_audit(
        action="dunning.price.written", actor=actor, at=at, subject=f"price:{channel}", mills=mills,
        valid_from=valid_from.isoformat(),
    )  # fmt: skip


def _trace(verb: str, found: Suppression, actor: Actor, at: datetime) -> None:
    record_audit(
        action=f"dunning.address.{verb}", actor=actor, at=at, subject=f"suppression:{found.pk}",
        channel=found.channel,
    )  # fmt: skip
