import uuid
from typing import ClassVar

from django.db import models

from billing.models import Service


class LetterCampaign(models.Model):
    """Which old credits are asked for again by letter or e-mail; its waves are in ``Wave.campaign``.

    ``quiet_since``: only credits nobody was written to for since that day. ``unserved_only``: only those without a served act.
    """

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=80)
    year_from = models.SmallIntegerField()
    year_to = models.SmallIntegerField()
    minimum_cents = models.BigIntegerField(default=0)
    quiet_since = models.DateField(null=True, blank=True)
    unserved_only = models.BooleanField(default=False)
    channels = models.JSONField()
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()

    objects: ClassVar[models.Manager["LetterCampaign"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="lettercampaign_uuid"),
            models.CheckConstraint(
                condition=models.Q(year_from__lte=models.F("year_to")), name="lettercampaign_years"
            ),
            models.CheckConstraint(
                condition=models.Q(minimum_cents__gte=0), name="lettercampaign_cents"
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="lettercampaign_created")]
