from typing import ClassVar

from django.db import models

from billing.models import Position


class Publication(models.Model):
    """Putting one version of a position on pagoPA, with the counterpart's own words.

    ``gateway`` is the road it goes by; ``earlier_gateways`` are those it was tried on before the road was changed.
    While a worker sends it, it holds it by ``lease``: other versions of the position wait.
    """

    class State(models.TextChoices):
        ASKED = "RICHIESTA", "In attesa di invio"
        ACKNOWLEDGED = "ACCETTATA", "Presente su pagoPA"
        REFUSED = "RIFIUTATA", "Rifiutata"
        WITHDRAWN = "RITIRATA", "Ritirata da pagoPA"

    class Action(models.TextChoices):
        PUBLISH = "PUBBLICA", "Pubblicazione"
        WITHDRAW = "RITIRA", "Ritiro"

    id: int
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="publications")
    version = models.IntegerField()
    action = models.TextField(choices=Action.choices, default=Action.PUBLISH)
    gateway = models.TextField()
    earlier_gateways = models.JSONField(default=list)
    state = models.TextField(choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    code = models.TextField(blank=True)
    words = models.TextField(blank=True)
    lease = models.TextField(blank=True, default="")
    leased_until = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Publication"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position", "version", "action"], name="publication_once"
            )
        ]
        indexes = [
            models.Index(fields=["state", "-asked_at"], name="publication_state"),
            models.Index(
                fields=["id"], name="publication_asked", condition=models.Q(state="RICHIESTA")
            ),
        ]
