from typing import ClassVar

from django.db import models

from pagopa.labels import ROWS_WAITING, RowLabel


class Flow(models.Model):
    """A reporting flow (FdR) of a PSP: the payments that one bank transfer carries."""

    id: int
    identifier = models.CharField(max_length=35)
    psp_id = models.TextField()
    flow_at = models.DateTimeField()
    revision = models.IntegerField(default=1)
    regulation = models.CharField(max_length=35)
    regulation_on = models.DateField()
    total_cents = models.BigIntegerField()
    payments = models.IntegerField()
    raw_message_id = models.BigIntegerField()
    received_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Flow"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["psp_id", "identifier"], name="flow_once")]
        indexes = [models.Index(fields=["-regulation_on", "-id"], name="flow_regulation")]


class FlowRow(models.Model):
    """One payment in a flow; ``receipt`` is found, or the row waits in a named queue."""

    Label = RowLabel

    id: int
    # Found by the index of ``flowrow_index``.
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="rows", db_index=False)
    index = models.IntegerField()
    iuv = models.CharField(max_length=35)
    iur = models.CharField(max_length=35)
    transfer_index = models.SmallIntegerField(default=1)
    amount_cents = models.BigIntegerField()
    outcome = models.SmallIntegerField()
    paid_on = models.DateField()
    receipt_id = models.BigIntegerField(null=True)
    label = models.TextField(choices=RowLabel.choices)

    objects: ClassVar[models.Manager["FlowRow"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flow", "index"], name="flowrow_index")]
        indexes = [
            models.Index(fields=["iuv", "iur"], name="flowrow_iuv"),
            models.Index(fields=["receipt_id"], name="flowrow_receipt"),
            models.Index(
                fields=["label", "paid_on"],
                name="flowrow_waiting",
                condition=models.Q(label__in=ROWS_WAITING),
            ),
        ]
