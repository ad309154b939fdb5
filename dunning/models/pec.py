import uuid
from typing import ClassVar

from django.db import models

from dunning.models.attempt import Attempt
from dunning.models.hold import Hold
from dunning.rules.pec_receipts import PecKind
from registry.models import Subject


class PecMailbox(models.Model):
    """A certified mailbox of the Ente and how far it was read."""

    id: int
    address = models.TextField()
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)  # why it cannot be read, for the official
    troubled_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["PecMailbox"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address"], name="pecmailbox_once")]


class PecMessage(models.Model):
    """One message of a certified mailbox, ours or theirs: what it says and who certifies it. Append-only.

    The bytes are in ``RawMessage``. ``happened_at`` is the instant the provider certifies; ``at`` when it left or was read.
    """

    append_only = True

    class Verdict(models.TextChoices):
        """The values are ``channels.pec_signature.Verdict``."""

        VALID = "VALIDA", "Firma valida"
        UNTRUSTED = "CERTIFICATORE_IGNOTO", "Firma di un certificatore non riconosciuto"
        BROKEN = "NON_VALIDA", "Firma non valida"
        ABSENT = "ASSENTE", "Non firmato"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    mailbox = models.ForeignKey(PecMailbox, on_delete=models.PROTECT, related_name="messages")
    kind = models.TextField(choices=[(kind.value, kind.label) for kind in PecKind])
    at = models.DateTimeField()
    happened_at = models.DateTimeField(null=True)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="pec_messages", null=True
    )
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="pec_messages", null=True
    )
    message_id = models.TextField(blank=True)
    identifier = models.TextField(blank=True)
    sender = models.TextField(blank=True)
    recipient = models.TextField(blank=True)
    subject_line = models.TextField(blank=True)
    text = models.TextField(blank=True)
    automatic = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    details = models.TextField(blank=True)
    verdict = models.TextField(choices=Verdict.choices, blank=True)
    verdict_words = models.TextField(blank=True)
    signer = models.TextField(blank=True)
    fingerprint = models.TextField(blank=True)
    raw_message_id = models.BigIntegerField()
    sha256 = models.TextField()
    size = models.IntegerField()
    uidvalidity = models.BigIntegerField(default=0)
    uid = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["PecMessage"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="pecmessage_uuid"),
            models.UniqueConstraint(fields=["mailbox", "sha256"], name="pecmessage_once"),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="pecmessage_newest"),
            models.Index(fields=["attempt", "at"], name="pecmessage_attempt"),
        ]


class PecConcern(models.Model):
    """Something of the certified mail that a person must look at, until she has."""

    class Kind(models.TextChoices):
        REPLY = "RISPOSTA", "Risposta di un contribuente"
        UNMATCHED = "NON_ABBINATO", "Messaggio di cui non si sa a chi riguarda"
        QUARANTINE = "QUARANTENA", "Ricevuta o messaggio di cui non ci si può fidare"
        NO_ACCEPTANCE = "SENZA_ACCETTAZIONE", "Nessuna ricevuta di accettazione"
        NO_DELIVERY = "SENZA_CONSEGNA", "Nessuna ricevuta di consegna"
        FULL_TWICE = "PIENA_DUE_VOLTE", "Casella piena anche al secondo invio"

    id: int
    kind = models.TextField(choices=Kind.choices)
    message = models.ForeignKey(
        PecMessage, on_delete=models.PROTECT, related_name="concerns", null=True
    )
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="pec_concerns", null=True
    )
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="+", null=True)
    words = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    objects: ClassVar[models.Manager["PecConcern"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "message"],
                name="pecconcern_message_once",
                condition=models.Q(message__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["kind", "attempt"],
                name="pecconcern_attempt_once",
                condition=models.Q(message__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["opened_at"],
                name="pecconcern_open",
                condition=models.Q(settled_at__isnull=True),
            )
        ]
