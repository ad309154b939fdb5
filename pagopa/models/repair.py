import uuid
from typing import ClassVar

from django.db import models

from pagopa.labels import RepairKind
from pagopa.models.flow import Flow
from pagopa.models.receipt import Receipt
from pagopa.models.treasury import TreasuryCredit


class Repair(models.Model):
    """What a person says of a credit. At most one is in force and one proposed; nothing is ever deleted."""

    Kind = RepairKind

    class State(models.TextChoices):
        PROPOSED = "PROPOSTA", "In attesa di conferma"
        IN_FORCE = "IN_VIGORE", "In vigore"
        REFUSED = "RESPINTA", "Respinta"
        SUPERSEDED = "SUPERATA", "Superata da una successiva"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    credit = models.ForeignKey(TreasuryCredit, on_delete=models.PROTECT, related_name="repairs")
    kind = models.TextField(choices=RepairKind.choices)
    state = models.TextField(choices=State.choices)
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField()
    asked_by_name = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Repair"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="repair_uuid"),
            models.UniqueConstraint(
                fields=["credit", "state"],
                name="repair_one_open",
                condition=models.Q(state__in=["PROPOSTA", "IN_VIGORE"]),
            ),
        ]


class RepairPart(models.Model):
    """A share of the credit, and the flow or the receipt that it pays. Append-only."""

    append_only = True

    id: int
    repair = models.ForeignKey(Repair, on_delete=models.PROTECT, related_name="parts")
    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="parts", null=True)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="parts", null=True)
    amount_cents = models.BigIntegerField()

    objects: ClassVar[models.Manager["RepairPart"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(flow__isnull=True) ^ models.Q(receipt__isnull=True),
                name="repairpart_one_target",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_cents__gt=0), name="repairpart_amount_positive"
            ),
        ]
