from typing import ClassVar

from django.db import models

from billing.models import Collection
from pagopa.labels import Finding


class Receipt(models.Model):
    """A receipt (RT) as the Node sent it: one per (idPA, receiptId), for ever. Never refused for a reason of ours."""

    append_only = True

    Finding = Finding

    id: int
    receipt_id = models.TextField()
    id_pa = models.CharField(max_length=11)
    notice_number = models.CharField(max_length=18)
    iuv = models.CharField(max_length=35)
    amount_cents = models.BigIntegerField()
    psp_id = models.TextField(blank=True)
    psp_name = models.TextField(blank=True)
    payment_method = models.TextField(blank=True)
    fee_cents = models.BigIntegerField(default=0)
    paid_at = models.DateTimeField()
    applied_on = models.DateField(null=True)
    transferred_on = models.DateField(null=True)
    stand_in = models.BooleanField(default=False)
    finding = models.TextField(choices=Finding.choices)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="receipts")
    raw_message_id = models.BigIntegerField()
    received_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Receipt"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["id_pa", "receipt_id"], name="receipt_once")]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="receipt_received"),
            models.Index(fields=["iuv", "receipt_id"], name="receipt_iuv"),
        ]
