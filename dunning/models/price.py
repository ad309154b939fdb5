from typing import ClassVar

from django.db import models


class ChannelPrice(models.Model):
    """What one message (an SMS: one part) costs this Ente from a day on. Thousandths of a euro."""

    append_only = True

    channel = models.TextField()
    mills = models.IntegerField()
    valid_from = models.DateField()

    objects: ClassVar[models.Manager["ChannelPrice"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "valid_from"], name="channelprice_day"),
            models.CheckConstraint(condition=models.Q(mills__gte=0), name="channelprice_mills"),
        ]
