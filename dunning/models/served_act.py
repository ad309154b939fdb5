from typing import ClassVar

from django.db import models

from billing.models import Position


class ServedAct(models.Model):
    """An act that reached the debtor, on a day that can be proved. Append-only: it is the evidence of the clock."""

    append_only = True

    class Kind(models.TextChoices):
        DEMAND = "SOLLECITO_FORMALE", "Sollecito formale (costituzione in mora)"
        ASSESSMENT = "ACCERTAMENTO", "Accertamento esecutivo"
        INJUNCTION = "INGIUNZIONE", "Ingiunzione di pagamento"
        RECOGNITION = "RICONOSCIMENTO", "Riconoscimento del debito"

    class Source(models.TextChoices):
        PEC = "PEC", "Ricevuta di consegna PEC"
        CARD = "AR", "Avviso di ricevimento"
        STORAGE = "GIACENZA", "Compiuta giacenza"
        JUDICIAL = "MESSO", "Relata di notifica"
        SEND = "SEND", "Attestazione SEND"
        HAND = "MANI", "Consegna a mano o dichiarazione firmata"

    id: int
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="served_acts")
    kind = models.TextField(choices=Kind.choices)
    sent_on = models.DateField(null=True)
    perfected_on = models.DateField()
    source = models.TextField(choices=Source.choices)
    reference = models.TextField()
    actor_name = models.TextField()
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["ServedAct"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position", "kind", "perfected_on", "reference"], name="servedact_once"
            )
        ]
