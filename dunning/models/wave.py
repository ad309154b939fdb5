import uuid
from typing import ClassVar

from django.db import models

from billing.models import Load, Service
from registry.models import Subject


class Wave(models.Model):
    """One sending, frozen before approval: the first notice is wave zero."""

    class Kind(models.TextChoices):
        NOTICE = "AVVISO", "Invio degli avvisi"
        REMINDER = "SOLLECITO", "Sollecito bonario"

    class State(models.TextChoices):
        SIMULATED = "SIMULATA", "Simulata"
        APPROVED = "APPROVATA", "Approvata"
        SENDING = "IN_INVIO", "In invio"
        PAUSED = "IN_PAUSA", "In pausa"
        SENT = "INVIATA", "Inviata"
        CANCELLED = "ANNULLATA", "Annullata"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    kind = models.TextField(choices=Kind.choices)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="waves")
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="waves", null=True)
    channel = models.TextField()
    template = models.TextField()
    message = models.TextField(blank=True)  # why it stopped, for the official
    state = models.TextField(choices=State.choices, default=State.SIMULATED)
    planned_on = models.DateField()
    snapshot_sha256 = models.TextField(blank=True)
    recipients = models.IntegerField(default=0)
    excluded = models.IntegerField(default=0)
    amount_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approver_id = models.BigIntegerField(null=True)
    approver_name = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Wave"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="wave_uuid")]
        indexes = [models.Index(fields=["-created_at"], name="wave_created")]


class WaveItem(models.Model):
    """One debtor in one wave, with the debts and amounts as they were when the wave was simulated."""

    class State(models.TextChoices):
        READY = "PRONTO", "Pronto"
        EXCLUDED = "ESCLUSO", "Escluso"
        SENDING = "IN_INVIO", "In invio"
        SENT = "INVIATO", "Inviato"
        REACHED = "RAGGIUNTO", "Recapitato"
        NOT_REACHED = "NON_RAGGIUNTO", "Non recapitato"
        SKIPPED = "SALTATO", "Saltato al momento dell'invio"
        UNCERTAIN = "INCERTO", "Esito da verificare"

    id: int
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="items")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="wave_items")
    position_ids = models.JSONField()
    key = models.TextField()
    amount_cents = models.BigIntegerField()
    address = models.TextField(blank=True)
    state = models.TextField(choices=State.choices, default=State.READY)
    reason = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager["WaveItem"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "key"], name="waveitem_once")]
        indexes = [
            models.Index(fields=["wave", "state", "id"], name="waveitem_state"),
            models.Index(fields=["subject", "-updated_at"], name="waveitem_subject"),
        ]
