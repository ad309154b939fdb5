from typing import ClassVar

from django.db import models

from pagopa.labels import CreditLabel
from pagopa.models.flow import Flow


class TreasuryCredit(models.Model):
    """A credit on the treasury account; explained by a flow, or in a named queue."""

    Label = CreditLabel

    id: int
    reference = models.TextField()
    amount_cents = models.BigIntegerField()
    value_on = models.DateField()
    causale = models.TextField()
    flow = models.OneToOneField(
        Flow, on_delete=models.PROTECT, related_name="treasury_credit", null=True
    )
    label = models.TextField(choices=CreditLabel.choices)
    raw_message_id = models.BigIntegerField()

    objects: ClassVar[models.Manager["TreasuryCredit"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference"], name="treasury_once")]
        indexes = [models.Index(fields=["label", "-value_on"], name="treasury_label")]
