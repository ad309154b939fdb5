from typing import ClassVar

from django.db import models

from dunning.models.attempt import Attempt


class SendFeed(models.Model):
    """How far the stream of SEND was read. One for the Ente."""

    id: int
    stream_id = models.TextField()
    last_event_id = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["SendFeed"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream_id"], name="sendfeed_once")]


class SendNotification(models.Model):
    """One act at SEND: what the platform calls it, and where it stands. Cents.

    ``sent_at``: perfected for the sender. ``perfected_at``: for the recipient. ``look_at``: when it is asked again, None
    when only the stream can wake it.
    """

    id: int
    attempt = models.OneToOneField(
        Attempt, on_delete=models.PROTECT, related_name="send_notification"
    )
    request_id = models.TextField()
    iun = models.TextField(blank=True)
    status = models.TextField(blank=True)  # in the platform's words
    sent_at = models.DateTimeField(null=True)
    perfected_at = models.DateTimeField(null=True)
    perfected_by = models.TextField(blank=True)
    cost_cents = models.BigIntegerField(null=True)
    # What it adds to the notice: as the platform told it last, and as much of it as is on the credit.
    fee_cents = models.BigIntegerField(default=0, db_default=0)
    charged_cents = models.BigIntegerField(default=0, db_default=0)
    unreachable = models.BooleanField(default=False)
    paid_told_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["SendNotification"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request_id"], name="sendnotification_request"),
        ]
        indexes = [
            models.Index(
                fields=["look_at"], name="sendnotification_look",
                condition=models.Q(look_at__isnull=False),
            ),
            models.Index(fields=["iun"], name="sendnotification_iun"),
        ]  # fmt: skip


class SendCancellation(models.Model):
    """An act on its way that the office asks SEND to cancel. ``words``: what SEND answered, for the official.

    Uncertain from just before it is asked until an answer, or the timeline, says what became of it.
    """

    class State(models.TextChoices):
        ASKED = "CHIESTO", "Da chiedere a SEND"
        UNCERTAIN = "INCERTO", "Senza risposta: si guarda che cosa ne è stato"
        TAKEN = "PRESO", "Preso in carico da SEND"
        DONE = "ANNULLATA", "Annullata"
        REFUSED = "RIFIUTATO", "Rifiutato da SEND"

    id: int
    notification = models.ForeignKey(
        SendNotification, on_delete=models.PROTECT, related_name="cancellations"
    )
    state = models.TextField(choices=State.choices, default=State.ASKED)
    reason = models.TextField()
    words = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField()
    asked_by_name = models.TextField()
    told_at = models.DateTimeField(null=True)  # when the platform was asked last
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["SendCancellation"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notification"], name="sendcancellation_once", condition=~models.Q(state="RIFIUTATO"),
            )
        ]  # fmt: skip


class SendEvent(models.Model):
    """One element of a notification's timeline, as SEND told it. Append-only."""

    append_only = True

    id: int
    notification = models.ForeignKey(
        SendNotification, on_delete=models.PROTECT, related_name="events"
    )
    element_id = models.TextField()
    category = models.TextField()
    happened_at = models.DateTimeField()
    details = models.JSONField(default=dict)
    at = models.DateTimeField()
    raw_message_id = models.BigIntegerField()

    objects: ClassVar[models.Manager["SendEvent"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notification", "element_id"], name="sendevent_once")
        ]


class SendFact(models.Model):
    """A document of SEND that holds against third parties: its bytes and their SHA-256. Append-only."""

    append_only = True

    id: int
    notification = models.ForeignKey(
        SendNotification, on_delete=models.PROTECT, related_name="facts"
    )
    key = models.TextField()
    category = models.TextField()
    filename = models.TextField()
    file = models.TextField()
    sha256 = models.TextField()
    size = models.IntegerField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["SendFact"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notification", "key"], name="sendfact_once")
        ]
