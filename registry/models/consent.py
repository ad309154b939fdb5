import uuid
from typing import ClassVar

from django.db import models

from registry.models.contact import Contact
from registry.models.subject import Subject


class Consent(models.Model):
    """What a person decided about being reached on one address: given or withdrawn, when, by which text. Append-only."""

    append_only = True

    class Act(models.TextChoices):
        GIVEN = "CONCESSO", "Concesso"
        WITHDRAWN = "REVOCATO", "Revocato"

    class Source(models.TextChoices):
        PORTAL = "PORTALE", "modulo in linea"
        PAPER = "MODULO_CARTACEO", "modulo cartaceo"
        MESSAGE = "MESSAGGIO", "collegamento in un messaggio"

    id: int
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="consents")
    act = models.TextField(choices=Act.choices)
    kind = models.TextField(choices=Contact.Kind.choices)
    value = models.TextField(blank=True)
    text_version = models.TextField()
    source = models.TextField(choices=Source.choices)
    signed_on = models.DateField()
    recorded_at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["Consent"]]

    class Meta:
        indexes = [models.Index(fields=["subject", "kind", "-id"], name="consent_subject")]


class Invitation(models.Model):
    """The personal code printed on a person's invitation: with her codice fiscale it opens her form."""

    id: int
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="invitation")
    code = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["Invitation"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="invitation_code")]


class ContactCheck(models.Model):
    """An address somebody gave, until she shows that she reads it: by the link or by the code, once, in time."""

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="contact_checks")
    kind = models.TextField(choices=Contact.Kind.choices)
    value = models.TextField()
    source = models.TextField(choices=Consent.Source.choices)
    text_version = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["ContactCheck"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="contactcheck_uuid")]
        indexes = [
            models.Index(fields=["subject", "kind", "-created_at"], name="contactcheck_subject"),
            models.Index(fields=["kind", "value", "-created_at"], name="contactcheck_value"),
        ]
