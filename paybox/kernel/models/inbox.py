import uuid

from django.db import models


class RawMessage(models.Model):
    """What arrived from outside, as it arrived, before anybody tried to understand it. Append-only."""

    append_only = True

    uuid = models.UUIDField(default=uuid.uuid4)
    kind = models.TextField()
    received_at = models.DateTimeField()
    sha256 = models.TextField()
    body = models.BinaryField()
    headers = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="rawmessage_uuid")]
        indexes = [models.Index(fields=["kind", "-received_at"], name="rawmessage_kind")]
