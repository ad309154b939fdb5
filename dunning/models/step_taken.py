from typing import ClassVar

from django.db import models

from billing.models import Position
from dunning.models.wave import WaveItem


class StepTaken(models.Model):
    """A step that left for a position and one missed due date: once, by the database's word."""

    id: int
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="steps_taken")
    due_on = models.DateField()
    step = models.SmallIntegerField()
    item = models.ForeignKey(WaveItem, on_delete=models.PROTECT, related_name="steps_taken")
    taken_on = models.DateField()
    delivered_on = models.DateField(null=True)

    objects: ClassVar[models.Manager["StepTaken"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position", "due_on", "step"], name="steptaken_once")
        ]
