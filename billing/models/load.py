import uuid
from typing import ClassVar

from django.db import models

from billing.models.service import Service


class Load(models.Model):
    """A file of credits: kept raw, staged row by row, shown, then confirmed whole or in part."""

    class State(models.TextChoices):
        STAGED = "IN_ESAME", "In esame"
        CONFIRMING = "IN_CARICO", "In caricamento"
        CONFIRMED = "CARICATO", "Caricato"
        UNDONE = "ANNULLATO", "Annullato"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="loads")
    filename = models.TextField()
    sha256 = models.TextField()
    raw_message_id = models.BigIntegerField()
    state = models.TextField(choices=State.choices, default=State.STAGED)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    already_loaded = models.BigIntegerField(default=0)
    amount_cents = models.BigIntegerField(default=0)
    loaded_positions = models.BigIntegerField(default=0)
    loaded_through = models.BigIntegerField(default=0)  # the last LoadRow already opened
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["Load"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="load_uuid")]
        indexes = [
            models.Index(fields=["-created_at"], name="load_created"),
            models.Index(fields=["service", "sha256"], name="load_sha256"),
        ]


class LoadRow(models.Model):
    """One staged position (all the file's rows of one riferimento), or one refusal, or what was odd about the header.

    ``data`` is the candidate as JSON; ``problems`` is a list of ``Problem.as_dict()``.
    """

    class State(models.TextChoices):
        ACCEPTED = "ACCETTATA", "Accettata"
        REFUSED = "RIFIUTATA", "Rifiutata"
        ALREADY_LOADED = "GIA_PRESENTE", "Già presente"
        NOTE = "NOTA", "Nota sul file"

    id: int
    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="staged")
    first_row = models.IntegerField()
    reference = models.TextField()
    state = models.TextField(choices=State.choices)
    rows = models.IntegerField()
    amount_cents = models.BigIntegerField(default=0)
    data = models.JSONField(default=dict)
    problems = models.JSONField(default=list)

    objects: ClassVar[models.Manager["LoadRow"]]

    class Meta:
        indexes = [models.Index(fields=["load", "state", "id"], name="loadrow_state")]
