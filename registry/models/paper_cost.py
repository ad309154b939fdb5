from typing import ClassVar

from django.db import models


class PaperCost(models.Model):
    """What one paper notice costs this Ente from a day on, in thousandths of a euro. Append-only: the last one counts."""

    append_only = True

    id: int
    sheets = models.SmallIntegerField()  # of A4, in one notice
    sheet_mills = models.IntegerField()
    printing_mills = models.IntegerField()  # of one sheet
    postage_mills = models.IntegerField()  # envelope, enveloping and stamp
    process_mills = models.IntegerField()  # the work of the office
    created_at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["PaperCost"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="papercost_positive",
                condition=models.Q(
                    sheets__gte=1, sheet_mills__gte=0, printing_mills__gte=0, postage_mills__gte=0,
                    process_mills__gte=0,
                ),
            )
        ]  # fmt: skip
