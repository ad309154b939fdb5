from typing import ClassVar

from django.db import models

from dunning.models.attempt import Attempt


class SentFile(models.Model):
    """One piece of a message as it left, beside the words that the attempt keeps. Append-only; its bytes may be thrown away.

    ``packed`` None: the bytes are a ``SentDocument`` with the same fingerprint, or are not kept any more.
    """

    append_only = True
    append_only_but = "UPDATE (packed)"

    id: int
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, related_name="sent_files", db_index=False
    )
    place = models.SmallIntegerField()
    filename = models.TextField()
    mime = models.TextField()
    sha256 = models.TextField()
    size = models.IntegerField()
    packed = models.BinaryField(null=True)  # zlib

    objects: ClassVar[models.Manager["SentFile"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "place"], name="sentfile_once"),
        ]
        indexes = [
            models.Index(
                fields=["sha256"], name="sentfile_shared", condition=models.Q(packed__isnull=True)
            )
        ]


class SentDocument(models.Model):
    """The bytes of an attached document, once however many messages carried it. Never changed; thrown away with the last."""

    append_only = True
    append_only_but = "DELETE"

    id: int
    sha256 = models.TextField()
    packed = models.BinaryField()  # zlib

    objects: ClassVar[models.Manager["SentDocument"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256"], name="sentdocument_once")]
