from typing import Any, ClassVar

from django.db import models

from pagopa.models.receipt import Receipt
from pagopa.rules.oddities import Oddity


class ReceiptAnomaly(models.Model):
    """Something odd about a receipt, until somebody has settled it; ``receipt`` is None where none could be read."""

    Oddity = Oddity

    id: int
    oddity = models.TextField(choices=[(one.value, one.words) for one in Oddity])
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, related_name="anomalies", null=True
    )
    raw_message_id = models.BigIntegerField()
    details = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["raw_message_id", "oddity"], name="anomaly_once")
        ]
        indexes = [
            models.Index(
                fields=["opened_at", "id"],
                name="anomaly_open",
                condition=models.Q(settled_at__isnull=True),
            )
        ]

    @property
    def words(self) -> str:
        return Oddity(self.oddity).words
