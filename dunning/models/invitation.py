import uuid
from typing import ClassVar

from django.db import models

from billing.models import Load, Service


class InvitationRound(models.Model):
    """Whom to invite to notices without paper, and by which channel; its waves are in ``Wave.invitation``.

    ``load`` null: whoever has a credit of ``service``; ``everyone``: whoever has one of any kind. ``given_by_people``:
    the official declared that the e-mail addresses come from the persons themselves.
    """

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="invitations")
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="invitations", null=True)
    everyone = models.BooleanField(default=False)
    channel = models.TextField()
    quiet_days = models.SmallIntegerField()
    most = models.IntegerField(null=True)
    given_by_people = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()

    objects: ClassVar[models.Manager["InvitationRound"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="invitationround_uuid"),
            models.CheckConstraint(
                condition=models.Q(channel="LETTERA") | models.Q(given_by_people=True),
                name="invitationround_declared",
            ),
            models.CheckConstraint(
                condition=models.Q(load__isnull=True) | models.Q(everyone=False),
                name="invitationround_whom",
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="invitationround_created")]
