import uuid
from typing import ClassVar

from django.db import models

from billing.models.service import Service


class TermMemo(models.Model):
    """What was paid and what was not when a term passed: one for each service and day, as it was then. Append-only."""

    append_only = True

    id: int
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="memos")
    due_on = models.DateField()
    made_on = models.DateField()
    made_at = models.DateTimeField()
    positions = models.IntegerField()
    unpaid = models.IntegerField()
    unpaid_cents = models.BigIntegerField()

    objects: ClassVar[models.Manager["TermMemo"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "due_on"], name="termmemo_once"),
            models.CheckConstraint(
                condition=models.Q(positions__gt=0, unpaid__gte=0, unpaid_cents__gte=0),
                name="termmemo_counts",
            ),
        ]


class MemoMail(models.Model):
    """The memo's e-mail to one official: begun before it leaves, so that nobody ever gets it twice."""

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    memo = models.ForeignKey(TermMemo, on_delete=models.PROTECT, related_name="mails")
    name = models.TextField()
    address = models.TextField()
    begun_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    refused = models.TextField(blank=True)

    objects: ClassVar[models.Manager["MemoMail"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="memomail_uuid"),
            models.UniqueConstraint(fields=["memo", "address"], name="memomail_once"),
        ]

    @property
    def state_words(self) -> str:
        if self.sent_at:
            return "inviata"
        if self.refused:
            return f"non inviata: {self.refused}"
        return "esito incerto" if self.begun_at else "da inviare"
