from typing import ClassVar

from django.db import models

from billing.models.position import Position
from billing.states import InstalmentState


class Instalment(models.Model):
    """A way to pay: number 0 is the rata unica, 1..n are the rate. Each has its own IUV, for ever."""

    id: int
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="instalments")
    number = models.SmallIntegerField()
    iuv = models.CharField(max_length=35)
    notice_number = models.CharField(max_length=18)
    amount_cents = models.BigIntegerField()
    due_on = models.DateField()
    state = models.TextField(choices=InstalmentState.choices, default=InstalmentState.PAYABLE)
    paid_at = models.DateTimeField(null=True)
    # Beside ``amount_cents``: what pagoPA adds by itself for a notification served by SEND.
    fee_cents = models.BigIntegerField(default=0, db_default=0)

    objects: ClassVar[models.Manager["Instalment"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice_number"], name="instalment_notice_number"),
            models.UniqueConstraint(fields=["position", "number"], name="instalment_number"),
            models.CheckConstraint(
                condition=models.Q(amount_cents__gt=0), name="instalment_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(fee_cents__gte=0), name="instalment_fee_not_negative"
            ),
        ]
