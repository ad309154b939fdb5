from typing import ClassVar

from django.db import models


class FlowCursor(models.Model):
    """How far one source of flows has been listed: ``published_at`` is the newest publication seen."""

    id: int
    source = models.TextField()
    published_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    words = models.TextField(blank=True)

    objects: ClassVar[models.Manager["FlowCursor"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source"], name="flowcursor_source")]


class PulledFlow(models.Model):
    """One revision of a flow that a source has listed, brought in part by part."""

    class State(models.TextChoices):
        WAITING = "DA_SCARICARE", "Da scaricare"
        TAKEN = "ACQUISITO", "Acquisito"
        REFUSED = "RIFIUTATO", "Rifiutato"

    id: int
    source = models.TextField()
    identifier = models.CharField(max_length=35)
    psp_id = models.TextField(blank=True)
    revision = models.IntegerField(default=1)
    published_at = models.DateTimeField()
    state = models.TextField(choices=State.choices, default=State.WAITING)
    words = models.TextField(blank=True)

    objects: ClassVar[models.Manager["PulledFlow"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "psp_id", "identifier", "revision", "published_at"],
                name="pulledflow_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["published_at"],
                name="pulledflow_waiting",
                condition=models.Q(state="DA_SCARICARE"),
            )
        ]


class PulledPart(models.Model):
    """One answer that has arrived, kept raw: after a stop, only the missing ones are asked for."""

    id: int
    pulled = models.ForeignKey(PulledFlow, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    is_last = models.BooleanField()
    raw_message_id = models.BigIntegerField()

    objects: ClassVar[models.Manager["PulledPart"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pulled", "number"], name="pulledpart_number")
        ]
