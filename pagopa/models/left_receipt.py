from typing import ClassVar

from django.db import models


class LeftReceipt(models.Model):
    """A receipt that the Node has handed over and that a worker has still to book: its notice is being paid."""

    id: int
    notice_number = models.TextField()
    raw_message_id = models.BigIntegerField()

    objects: ClassVar[models.Manager["LeftReceipt"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice_number", "raw_message_id"], name="leftreceipt_once"
            )
        ]
