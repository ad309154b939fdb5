from typing import ClassVar

from django.db import models


class SourceFreshness(models.Model):
    """Until when each source of collections is known to be complete: written by its reader, asked before dunning."""

    source = models.TextField()
    complete_until = models.DateTimeField()

    objects: ClassVar[models.Manager["SourceFreshness"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source"], name="freshness_source")]
