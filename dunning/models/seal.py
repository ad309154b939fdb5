from typing import ClassVar

from django.db import models

from dunning.models.wave import Wave
from paybox.kernel.models import Job


class WaveSeal(models.Model):
    """One link of a wave's register: what had left and what was known of it by ``until_at``. Append-only.

    Covers from ``since_at`` included (None: from the beginning) to ``until_at`` excluded; ``rules/wave_seal`` says how.
    """

    append_only = True

    id: int
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="seals", db_index=False)
    number = models.IntegerField()
    since_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField()
    messages = models.IntegerField()
    events = models.IntegerField()
    previous = models.TextField(blank=True)
    sha256 = models.TextField()
    sealed_at = models.DateTimeField()

    objects: ClassVar[models.Manager["WaveSeal"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "number"], name="waveseal_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="waveseal_number"),
        ]


class SealRound(models.Model):
    """A night that was finished: whatever any wave had by ``until_at`` is sealed. Append-only."""

    append_only = True

    id: int
    until_at = models.DateTimeField()
    seals = models.IntegerField()
    ended_at = models.DateTimeField()

    objects: ClassVar[models.Manager["SealRound"]]

    class Meta:
        indexes = [models.Index(fields=["-until_at"], name="sealround_until")]


class SealCheck(models.Model):
    """A wave's seals worked out again: ``broken`` is the first that does not hold, ``words`` what differs.

    ``job`` when it takes long; ``waiting``: messages and outcomes newer than the last seal.
    """

    id: int
    wave = models.ForeignKey(
        Wave, on_delete=models.PROTECT, related_name="seal_checks", db_index=False
    )
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    actor_name = models.TextField()
    ended_at = models.DateTimeField(null=True)
    seals = models.IntegerField(default=0)
    messages = models.IntegerField(default=0)
    events = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)
    broken = models.IntegerField(null=True)
    words = models.TextField(blank=True)

    objects: ClassVar[models.Manager["SealCheck"]]

    class Meta:
        indexes = [
            models.Index(fields=["wave", "-id"], name="sealcheck_latest"),
            models.Index(
                fields=["wave"], name="sealcheck_broken", condition=models.Q(broken__isnull=False)
            ),
        ]
