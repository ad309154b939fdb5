import uuid
from typing import ClassVar

from django.db import models

from billing.models.position import Position


class Collection(models.Model):
    """Money that has arrived, once per channel and reference: ``amount = allotted + excess``, always."""

    append_only = True

    class Channel(models.TextChoices):
        PAGOPA = "PAGOPA", "pagoPA"
        BANK = "BONIFICO", "Bonifico"
        POST = "POSTA", "Bollettino postale"
        DESK = "SPORTELLO", "Sportello"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    channel = models.TextField(choices=Channel.choices)
    reference = models.TextField()
    amount_cents = models.BigIntegerField()
    allotted_cents = models.BigIntegerField()
    excess_cents = models.BigIntegerField()
    position = models.ForeignKey(
        Position, on_delete=models.PROTECT, related_name="collections", null=True
    )
    instalment_number = models.SmallIntegerField(null=True)
    notice_number = models.TextField(blank=True)
    payer = models.TextField(blank=True)
    paid_at = models.DateTimeField()
    booked_on = models.DateField()
    created_at = models.DateTimeField()
    details = models.JSONField(default=dict)
    raw_message_id = models.BigIntegerField(null=True)

    objects: ClassVar[models.Manager["Collection"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="collection_uuid"),
            models.UniqueConstraint(fields=["channel", "reference"], name="collection_reference"),
            models.CheckConstraint(
                condition=models.Q(
                    amount_cents=models.F("allotted_cents") + models.F("excess_cents"),
                    amount_cents__gt=0,
                    allotted_cents__gte=0,
                    excess_cents__gte=0,
                ),
                name="collection_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["-booked_on", "-id"], name="collection_booked"),
        ]
