from typing import ClassVar

from django.db import models


class Suppression(models.Model):
    """An address nothing of courtesy is sent to any more, whoever it belongs to, until somebody lifts it."""

    class Reason(models.TextChoices):
        OBJECTION = "OPPOSIZIONE", "Ha chiesto di non ricevere messaggi"
        COMPLAINT = "RECLAMO", "Ha segnalato il messaggio come indesiderato"
        PROVIDER = "FORNITORE", "Il fornitore rifiuta l'invio"
        OFFICE = "UFFICIO", "Decisione dell'ufficio"

    id: int
    channel = models.TextField()
    address = models.TextField()
    reason = models.TextField(choices=Reason.choices)
    asked_on = models.DateField(null=True)  # as the file it comes from says
    raw_message_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    actor_name = models.TextField()
    lifted_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Suppression"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address"],
                name="suppression_once",
                condition=models.Q(lifted_at__isnull=True),
            )
        ]
