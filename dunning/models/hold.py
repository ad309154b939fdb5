from datetime import date
from typing import ClassVar

from django.db import models

from billing.models import Position
from registry.models import Subject


class HoldQuerySet(models.QuerySet["Hold"]):
    def in_force(self, *, on: date) -> "HoldQuerySet":
        open_ended = models.Q(until__isnull=True) | models.Q(until__gte=on)
        return self.filter(open_ended, since__lte=on, lifted_at__isnull=True)


class Hold(models.Model):
    """A reason not to chase a debtor (position null: all her debts) for a time."""

    class Reason(models.TextChoices):
        DISPUTE = "CONTESTAZIONE", "Contestazione"
        PLAN = "DILAZIONE", "Piano di dilazione"
        PROMISE = "PROMESSA", "Promessa di pagamento"
        DEATH = "DECESSO", "Decesso"
        DECLARED = "PAGAMENTO_DICHIARATO", "Dice di avere già pagato"
        COMPLAINT = "RECLAMO", "Reclamo da rispondere"
        HANDED_OVER = "CONSEGNATO", "Consegnato alla riscossione coattiva"
        MANUAL = "MANUALE", "Decisione dell'ufficio"

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="holds")
    position = models.ForeignKey(
        Position, on_delete=models.PROTECT, related_name="holds", null=True
    )
    reason = models.TextField(choices=Reason.choices)
    note = models.TextField(blank=True)
    since = models.DateField()
    until = models.DateField(null=True)
    lifted_at = models.DateTimeField(null=True)
    actor_name = models.TextField()
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Hold"]] = HoldQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "since"], name="hold_subject")]
