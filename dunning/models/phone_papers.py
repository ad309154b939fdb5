import uuid
from typing import ClassVar

from django.db import models

from dunning.models.phone import PhoneFile
from dunning.models.wave import Wave


class PhoneDocument(models.Model):
    """A paper that the debtor gave about earlier payments, kept as it came. Append-only."""

    append_only = True

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    file = models.ForeignKey(PhoneFile, on_delete=models.PROTECT, related_name="documents")
    stored = models.TextField()
    name = models.TextField()
    mime = models.TextField()
    sha256 = models.TextField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["PhoneDocument"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="phonedocument_uuid"),
            models.UniqueConstraint(fields=["file", "sha256"], name="phonedocument_once"),
        ]


class PhoneMessage(models.Model):
    """An e-mail or PEC written from the sheet: a wave of one, like any other. Append-only."""

    append_only = True

    id: int
    file = models.ForeignKey(PhoneFile, on_delete=models.PROTECT, related_name="messages")
    wave = models.OneToOneField(Wave, on_delete=models.PROTECT, related_name="phone_message")
    at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["PhoneMessage"]]
