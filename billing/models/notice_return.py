from typing import ClassVar

from django.db import models

from billing.models.position import Position
from billing.rules.returned_notices import ReturnCause


class NoticeReturn(models.Model):
    """A notice on paper that the post brought back, until a person has put the address right or given it up."""

    class End(models.TextChoices):
        CORRECTED = "CORRETTO", "Indirizzo corretto"
        GIVEN_UP = "ABBANDONATO", "Chiuso senza correzione"

    id: int
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="returns")
    notice_number = models.CharField(max_length=18)
    cause = models.TextField(choices=[(one.value, one.label) for one in ReturnCause])
    returned_on = models.DateField()
    address = models.TextField(blank=True)  # the one on file when it came back
    raw_message_id = models.BigIntegerField(null=True)  # null: typed at the desk
    opened_at = models.DateTimeField()
    actor_name = models.TextField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True)
    end = models.TextField(choices=End.choices, blank=True)
    note = models.TextField(blank=True)

    objects: ClassVar[models.Manager["NoticeReturn"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position", "returned_on"], name="noticereturn_day_once"),
            models.UniqueConstraint(
                fields=["position"], name="noticereturn_open_once",
                condition=models.Q(settled_at__isnull=True),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["opened_at", "id"], name="noticereturn_open",
                condition=models.Q(settled_at__isnull=True),
            ),
            models.Index(fields=["-settled_at", "-id"], name="noticereturn_settled"),
        ]  # fmt: skip
