import uuid
from typing import ClassVar

from django.db import models

from billing.models import Service, Transfer
from pagopa.labels import RepairKind
from pagopa.models.flow import Flow
from pagopa.models.receipt import Receipt
from pagopa.models.treasury import TreasuryCredit

_OPEN = models.Q(state__in=["PROPOSTA", "IN_VIGORE"])


class Said(models.Model):
    """A person's word against, or beyond, what the papers say; some wait for a second person. Never deleted.

    ``service`` has got the money as income of another kind: ``booked`` moved it, ``taken_back`` moved it back.
    """

    Kind = RepairKind

    class State(models.TextChoices):
        PROPOSED = "PROPOSTA", "In attesa di conferma"
        IN_FORCE = "IN_VIGORE", "In vigore"
        REFUSED = "RESPINTA", "Respinta"
        SUPERSEDED = "SUPERATA", "Superata da una successiva"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    kind = models.TextField(choices=RepairKind.choices)
    state = models.TextField(choices=State.choices)
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField()
    asked_by_name = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.TextField(blank=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", null=True)
    booked = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+", null=True)
    taken_back = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, related_name="+", null=True
    )

    class Meta:
        abstract = True


class Repair(Said):
    """What a person says of a credit. At most one is in force and one proposed.

    ``debtor``: whose credit it was, and for what, when it is opened as one.
    """

    debtor = models.JSONField(default=dict)
    credit = models.ForeignKey(TreasuryCredit, on_delete=models.PROTECT, related_name="repairs")

    objects: ClassVar[models.Manager["Repair"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="repair_uuid"),
            models.UniqueConstraint(
                fields=["credit", "state"], name="repair_one_open", condition=_OPEN
            ),
        ]


class RowRepair(Said):
    """What a person says of a row of a flow, by what is written in it: a later revision has other rows.

    ``receipt`` is what the row is matched to, when it is.
    """

    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="row_repairs")
    iuv = models.CharField(max_length=35)
    iur = models.CharField(max_length=35)
    transfer_index = models.SmallIntegerField()
    amount_cents = models.BigIntegerField()
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="+", null=True)

    objects: ClassVar[models.Manager["RowRepair"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="rowrepair_uuid"),
            models.UniqueConstraint(
                fields=["flow", "iuv", "iur", "transfer_index", "amount_cents", "state"],
                name="rowrepair_one_open",
                condition=_OPEN,
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
