import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from dunning.models.wave import WaveItem


class Attempt(models.Model):
    """One message on one channel: its row exists before anything leaves, its id is the message's own."""

    class State(models.TextChoices):
        """The values and their order of certainty are ``rules.delivery.DeliveryStatus``."""

        CREATED = "CREATO", "Da inviare"
        SENDING = "IN_INVIO", "Invio in corso"
        UNCERTAIN = "INCERTO", "Esito incerto"
        ACCEPTED = "ACCETTATO", "Preso in carico"
        SENT = "INVIATO", "Inviato"
        EXPIRED = "SCADUTO", "Nessuna conferma di consegna"
        FAILED_NOW = "FALLITO_TEMP", "Non consegnato (si può riprovare)"
        FAILED = "FALLITO_PERM", "Non consegnato"
        DELIVERED = "CONSEGNATO", "Consegnato"

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
    parts = models.SmallIntegerField(default=0)
    cost_mills = models.IntegerField(default=0)  # thousandths of a euro
    subject_line = models.TextField(blank=True)
    attachment_sha256 = models.TextField(blank=True)
    created_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    # In sending, and certainly not with the provider yet: claimed with others, its turn has not come.
    still_here = models.BooleanField(default=False, db_default=False)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Attempt"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="attempt_uuid"),
            models.UniqueConstraint(fields=["item", "try_number"], name="attempt_once"),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="attempt_state"),
            models.Index(fields=["address", "-created_at"], name="attempt_address"),
            BrinIndex(fields=["created_at"], name="attempt_time", autosummarize=True),
            models.Index(
                fields=["provider_ref"],
                name="attempt_provider_ref",
                condition=~models.Q(provider_ref=""),
            ),
            # What is watched until it ends: little, however much left by the other channels.
            models.Index(
                fields=["channel", "state"],
                name="attempt_watched",
                condition=models.Q(
                    channel__in=("PEC", "SEND"), state__in=("INCERTO", "ACCETTATO", "INVIATO")
                ),
            ),
        ]


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
        indexes = [
            models.Index(fields=["attempt", "at"], name="deliveryevent_attempt"),
            BrinIndex(fields=["at"], name="deliveryevent_time", autosummarize=True),
        ]
