"""The seals of sendings and what their last verification said, as pages and files ask for them.

Before: ``services/sealing``, ``services/seal_checks``.  After: the register of a wave, the board, the files taken away.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from dunning.models import SealCheck, SealRound, Wave, WaveSeal


def sealed_until() -> datetime | None:
    """Up to which instant every wave of the Ente is sealed."""
    rounds = SealRound.objects.order_by("-until_at")
    return rounds.values_list("until_at", flat=True).first()


def last_seals(waves: Collection[Wave] | QuerySet[Wave]) -> QuerySet[WaveSeal]:
    """The newest of each that has one, with its wave."""
    found = WaveSeal.objects.filter(wave__in=waves).select_related("wave")
    return found.order_by("wave", "-number").distinct("wave")


def seals_newest_first(wave: Wave) -> QuerySet[WaveSeal]:
    return WaveSeal.objects.filter(wave=wave).order_by("-number")


def last_check(wave: Wave) -> SealCheck | None:
    """Also one that is still under way."""
    return SealCheck.objects.filter(wave=wave).select_related("job").order_by("-pk").first()


def broken_checks(*, scope: Collection[str]) -> QuerySet[SealCheck]:
    """Waves whose last verification found a seal that does not hold, the latest first; ``scope``: services, empty for all."""
    newer = SealCheck.objects.filter(
        wave=OuterRef("wave"), ended_at__isnull=False, pk__gt=OuterRef("pk")
    )
    found = SealCheck.objects.filter(~Exists(newer), broken__isnull=False)
    if scope:
        found = found.filter(wave__service__code__in=scope)
    return found.select_related("wave__service").order_by("-pk")
