import uuid
from typing import ClassVar

from django.db import models

from billing.models import Position, Service


class HandOver(models.Model):
    """A file for enforced collection: what went in, what was kept out and why, with its checksum."""

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    actor_name = models.TextField()
    included = models.IntegerField(default=0)
    excluded = models.IntegerField(default=0)
    amount_cents = models.BigIntegerField(default=0)
    file = models.TextField(blank=True)
    sha256 = models.TextField(blank=True)
    others = models.JSONField(default=list)  # the other formats: name, path in the storage, sha256

    objects: ClassVar[models.Manager["HandOver"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="handover_uuid")]


class HandOverItem(models.Model):
    """The completeness proof: every unpaid position of the service is in, or out with its reason."""

    handover = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="items")
    position = models.ForeignKey(Position, on_delete=models.PROTECT)
    included = models.BooleanField()
    reason = models.TextField(blank=True)
    amount_cents = models.BigIntegerField()

    objects: ClassVar[models.Manager["HandOverItem"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handover", "position"], name="handoveritem_once")
        ]
