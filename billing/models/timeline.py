from typing import ClassVar

from django.db import models

from billing.models.position import Position


class TimelineEntry(models.Model):
    """What happened to a position, in order, with its references. Append-only."""

    append_only = True

    class Kind(models.TextChoices):
        OPENED = "APERTA", "Generata"
        PUBLISHED = "PUBBLICATA", "Caricata su pagoPA"
        PUBLICATION_REFUSED = "PUBBLICAZIONE_RIFIUTATA", "Rifiutata da pagoPA"
        CHANGED = "MODIFICATA", "Modificata"
        NOTICED = "AVVISATA", "Avviso emesso"
        POSTED = "SPEDITA", "Avviso spedito su carta"
        RETURNED = "TORNATA", "Avviso tornato al mittente"
        SENT = "INVIATA", "Messaggio inviato"
        DELIVERED = "RECAPITATA", "Messaggio recapitato"
        NOT_DELIVERED = "NON_RECAPITATA", "Messaggio non recapitato"
        ACTIVATED = "ATTIVATA", "Pagamento iniziato"
        PAID = "PAGATA", "Pagata"
        EXCESS = "ECCEDENZA", "Incasso in eccedenza"
        RECONCILED = "RICONCILIATA", "Riconciliata"
        WITHDRAWN = "ANNULLATA", "Annullata"
        REPLACED = "SOSTITUITA", "Sostituita"
        NOTE = "NOTA", "Nota"

    id: int
    # Found by the index of ``timeline_position``. The database is not asked whether the position is there: asking locks
    # its row once for each fact, a hundred thousand times for a flow. ``verify_ledger`` asks instead.
    position = models.ForeignKey(
        Position,
        on_delete=models.PROTECT,
        related_name="timeline",
        db_index=False,
        db_constraint=False,
    )
    kind = models.TextField(choices=Kind.choices)
    at = models.DateTimeField()
    actor_name = models.TextField()
    reference = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    objects: ClassVar[models.Manager["TimelineEntry"]]

    class Meta:
        indexes = [models.Index(fields=["position", "at", "id"], name="timeline_position")]
