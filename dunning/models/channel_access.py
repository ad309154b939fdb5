from typing import ClassVar

from django.db import models

from billing.models import Service
from dunning.rules.channels import IO, SEND


class ChannelAccess(models.Model):
    """The Ente's own key to a platform of the State, for one service or for all those that have none of their own.

    ``key_sealed`` is opened only to send; ``settings``: what only that platform asks (``rules/send_settings``).
    """

    class Channel(models.TextChoices):
        IO = IO, "App IO"
        SEND = SEND, "SEND"

    id: int
    channel = models.TextField(choices=Channel.choices)
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="channel_accesses", null=True
    )
    active = models.BooleanField(default=False)
    key_sealed = models.TextField()
    settings = models.JSONField(default=dict)
    key_written_at = models.DateTimeField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    objects: ClassVar[models.Manager["ChannelAccess"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "service"], name="channelaccess_once", nulls_distinct=False
            )
        ]
