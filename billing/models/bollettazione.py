from typing import ClassVar

from django.db import models

from billing.models.load import Load
from paybox.kernel.models import Job


class Bollettazione(models.Model):
    """A billing file: the notices of one load as PDFs in a ZIP with a manifest, split between digital and paper."""

    id: int
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="bollettazioni")
    job = models.ForeignKey(Job, on_delete=models.PROTECT)
    notices = models.BigIntegerField(default=0)
    pages = models.BigIntegerField(default=0)
    digital = models.BigIntegerField(default=0)
    paper = models.BigIntegerField(default=0)
    file = models.TextField(blank=True)
    sha256 = models.TextField(blank=True)
    created_at = models.DateTimeField()
    posted_on = models.DateField(null=True)  # the day the printer gave the paper ones to the post
    posted_by = models.TextField(blank=True, default="", db_default="")

    objects: ClassVar[models.Manager["Bollettazione"]]

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="bollettazione_created")]
