import uuid
from datetime import date
from typing import ClassVar

from django.db import models

from billing.models.load import Load
from billing.models.service import Service
from billing.states import UNPAID, PositionState
from registry.models import Subject


class PositionQuerySet(models.QuerySet["Position"]):
    def unpaid(self) -> "PositionQuerySet":
        return self.filter(state__in=UNPAID)

    def overdue(self, *, on: date) -> "PositionQuerySet":
        """Unpaid, with the earliest unpaid due date before ``on``: what is due today is not overdue."""
        return self.unpaid().filter(next_due_on__lt=on)


class Position(models.Model):
    """One credit of the body towards one subject; ``residual_cents`` is the cache of the ledger."""

    class Origin(models.TextChoices):
        FILE = "FILE", "Caricamento massivo"
        FORM = "MODULO", "Pagamento spontaneo"
        HAND = "MANO", "Inserimento manuale"
        API = "API", "Servizio web"
        REPLACEMENT = "SOSTITUZIONE", "Sostituzione"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="positions")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="positions")
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="positions", null=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True
    )
    origin = models.TextField(choices=Origin.choices)
    reference = models.TextField()
    causale = models.CharField(max_length=140)
    year = models.IntegerField()
    total_cents = models.BigIntegerField()
    residual_cents = models.BigIntegerField()
    accrued_cents = models.BigIntegerField(default=0, db_default=0)  # interest and costs, when paid
    state = models.TextField(choices=PositionState.choices, default=PositionState.OPEN)
    version = models.IntegerField(default=1)
    next_due_on = models.DateField()
    details = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Position"]] = PositionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="position_uuid"),
            models.UniqueConstraint(
                fields=["service", "reference"],
                name="position_reference",
                condition=~models.Q(state=PositionState.WITHDRAWN),
            ),
            models.CheckConstraint(
                condition=models.Q(total_cents__gt=0), name="position_total_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    residual_cents__gte=0,
                    residual_cents__lte=models.F("total_cents") + models.F("accrued_cents"),
                ),
                name="position_residual_within_total",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "-opened_at"], name="position_subject"),
            models.Index(fields=["state", "next_due_on"], name="position_due"),
            models.Index(fields=["-opened_at", "-id"], name="position_opened"),
            models.Index(
                fields=["id"],
                name="position_unpublished",
                condition=models.Q(published_at__isnull=True),
            ),
            models.Index(fields=["id"], name="position_changed", condition=models.Q(version__gt=1)),
            models.Index(  # what grows old, service by service: counted and listed without reading the rows
                fields=["service", "next_due_on", "id"],
                include=["residual_cents"],
                name="position_aging",
                condition=models.Q(state__in=UNPAID, replaces__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service.code} {self.reference}"
