from datetime import datetime
from typing import ClassVar

from django.db import models


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def waiting(self, *, at: datetime) -> "OutboxQuerySet":
        """Not done, not failed for good, and nobody holds them."""
        free = models.Q(leased_until__isnull=True) | models.Q(leased_until__lt=at)
        return self.filter(free, done_at__isnull=True, failed_at__isnull=True, next_at__lte=at)


class OutboxEntry(models.Model):
    """Work that must be done once: the truth. The Celery message is only the bell."""

    id: int
    task = models.TextField()
    queue = models.TextField(default="default")
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects: ClassVar[models.Manager["OutboxEntry"]] = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"],
                name="outbox_waiting",
                condition=models.Q(done_at__isnull=True, failed_at__isnull=True),
            )
        ]
