from typing import ClassVar

from django.db import models

from pagopa.labels import CreditLabel
from pagopa.models.flow import Flow
from pagopa.models.receipt import Receipt


class TreasuryCredit(models.Model):
    """A credit on the treasury account; explained by a flow, a receipt or a person, or in a named queue.

    ``flow`` and ``receipt`` are what its causale names; what a person said is in ``repairs``.
    """

    Label = CreditLabel

    id: int
    reference = models.TextField()
    amount_cents = models.BigIntegerField()
    regularised_cents = models.BigIntegerField(default=0)
    reversed_cents = models.BigIntegerField(default=0)
    value_on = models.DateField()
    causale = models.TextField()
    payer = models.TextField(blank=True, default="")
    bank_reference = models.TextField(blank=True, default="")
    flow = models.OneToOneField(
        Flow, on_delete=models.PROTECT, related_name="treasury_credit", null=True
    )
    receipt = models.OneToOneField(
        Receipt, on_delete=models.PROTECT, related_name="treasury_credit", null=True
    )
    label = models.TextField(choices=CreditLabel.choices)
    raw_message_id = models.BigIntegerField()

    objects: ClassVar[models.Manager["TreasuryCredit"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference"], name="treasury_once")]
        indexes = [models.Index(fields=["label", "-value_on"], name="treasury_label")]

    @property
    def net_cents(self) -> int:
        """What is left of it after the treasurer's reversals."""
        return self.amount_cents - self.reversed_cents


class TreasuryMovement(models.Model):
    """What the treasurer did to a provvisorio, as each file told it, once. Append-only: the credit is its sum."""

    append_only = True

    id: int
    reference = models.TextField()
    operation = models.TextField()
    number = models.TextField(blank=True)
    moved_on = models.DateField()
    amount_cents = models.BigIntegerField()
    raw_message_id = models.BigIntegerField()

    objects: ClassVar[models.Manager["TreasuryMovement"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "operation", "number", "moved_on", "amount_cents"],
                name="treasurymovement_once",
            )
        ]
