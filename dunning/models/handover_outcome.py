from typing import ClassVar

from django.db import models

from dunning.models.handover import HandOverItem


class HandOverOutcome(models.Model):
    """What the collector says of one credit handed over, on a day. Append-only; the newest day counts."""

    append_only = True

    class Code(models.TextChoices):
        TAKEN = "PRESA_IN_CARICO", "Presa in carico"
        REFUSED = "RIFIUTATA", "Rifiutata dal soggetto incaricato"
        COLLECTED = "RISCOSSA", "Riscossa"
        PARTLY = "RISCOSSA_IN_PARTE", "Riscossa in parte"
        IRRECOVERABLE = "INESIGIBILE", "Dichiarata inesigibile"
        RETURNED = "RESTITUITA", "Restituita all'Ente"

    item = models.ForeignKey(HandOverItem, on_delete=models.PROTECT, related_name="outcomes")
    code = models.TextField(choices=Code.choices)
    on = models.DateField()
    amount_cents = models.BigIntegerField(default=0)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["HandOverOutcome"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "code", "on", "amount_cents"], name="handoveroutcome_once"
            )
        ]
