"""What may be tried again on the same channel: an e-mail a server asked to repeat, a full certified mailbox, a telephone
that was off.

Before: the far end said so.  After: ``mail_retries``, ``pec_retries``, ``sms_retries``.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from dunning.models import Attempt, Wave, WaveItem

_OPEN_WAVES = (Wave.State.SENT, Wave.State.SENDING)


def failed_last(*, channel: str) -> "QuerySet[Attempt]":
    """Last attempts of those not reached, failed for now, in waves that may still send.

    Read by the index on the state: what failed for now is little of what left, and of it what was tried since is left out.
    """
    later = Attempt.objects.filter(item=OuterRef("item"), try_number__gt=OuterRef("try_number"))
    failed = Attempt.objects.filter(
        state=Attempt.State.FAILED_NOW, channel=channel,
        item__state=WaveItem.State.NOT_REACHED, item__wave__state__in=_OPEN_WAVES,
    )  # fmt: skip
    return failed.exclude(Exists(later)).order_by("pk")


def failed_once(*, channel: str, codes: Collection[str]) -> "QuerySet[Attempt]":
    """Those of them that one of ``codes`` stopped, for the first time."""
    found = failed_last(channel=channel).filter(error_code__in=codes)
    return found.exclude(_met_before(channel, codes))


def failed_again(*, channel: str, codes: Collection[str]) -> "QuerySet[Attempt]":
    """The same, not for the first time."""
    found = failed_last(channel=channel).filter(error_code__in=codes)
    return found.filter(_met_before(channel, codes))


def _met_before(channel: str, codes: Collection[str]) -> Exists:
    before = Attempt.objects.filter(item=OuterRef("item"), try_number__lt=OuterRef("try_number"))
    return Exists(before.filter(channel=channel, error_code__in=codes))
