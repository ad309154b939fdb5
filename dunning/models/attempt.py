import uuid
from typing import ClassVar

from django.db import models

from dunning.models.wave import WaveItem


class Attempt(models.Model):
    """One message on one channel: its row exists before anything leaves, its id is the message's own."""

    class State(models.TextChoices):
        CREATED = "CREATO", "Da inviare"
        SENDING = "IN_INVIO", "In invio"
        ACCEPTED = "ACCETTATO", "Accettato dal fornitore"
        DELIVERED = "CONSEGNATO", "Consegnato"
        FAILED = "FALLITO", "Non consegnato"
        UNCERTAIN = "INCERTO", "Esito da verificare"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    item = models.ForeignKey(WaveItem, on_delete=models.PROTECT, related_name="attempts")
    try_number = models.SmallIntegerField(default=1)
    channel = models.TextField()
    address = models.TextField()
    state = models.TextField(choices=State.choices, default=State.CREATED)
    provider_ref = models.TextField(blank=True)
    error_code = models.TextField(blank=True)
    error_words = models.TextField(blank=True)
    body_sha256 = models.TextField(blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Attempt"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="attempt_uuid"),
            models.UniqueConstraint(fields=["item", "try_number"], name="attempt_once"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="attempt_state")]


class DeliveryEvent(models.Model):
    """What a provider told us about an attempt, as it came. Append-only."""

    append_only = True

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    status = models.TextField()
    error_code = models.TextField(blank=True)
    raw_message_id = models.BigIntegerField(null=True)

    objects: ClassVar[models.Manager["DeliveryEvent"]]

    class Meta:
        indexes = [models.Index(fields=["attempt", "at"], name="deliveryevent_attempt")]
