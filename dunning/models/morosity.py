import uuid
from typing import ClassVar

from django.db import models

from billing.models import Service
from dunning.rules.morosity import FactKind
from registry.models import Subject


class MorosityCase(models.Model):
    """What an Order does about one member who owes dues of several years. Opened by a person, closed by its last fact."""

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="morosity_cases")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="morosity_cases")
    years = models.JSONField()
    owed_cents = models.BigIntegerField()  # when it was opened
    opened_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["MorosityCase"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="morositycase_uuid"),
            models.UniqueConstraint(
                fields=["service", "subject"], name="morositycase_open_once",
                condition=models.Q(closed_at__isnull=True),
            ),
        ]  # fmt: skip


class MorosityFact(models.Model):
    """One fact, prepared by a person; it counts once another has confirmed it."""

    class Kind(models.TextChoices):
        """The values are ``rules.morosity.FactKind``."""

        SUMMONS = FactKind.SUMMONS.value, FactKind.SUMMONS.label
        HEARING = FactKind.HEARING.value, FactKind.HEARING.label
        SUSPENSION = FactKind.SUSPENSION.value, FactKind.SUSPENSION.label
        CANCELLATION = FactKind.CANCELLATION.value, FactKind.CANCELLATION.label
        DISMISSAL = FactKind.DISMISSAL.value, FactKind.DISMISSAL.label
        SERVICE = FactKind.SERVICE.value, FactKind.SERVICE.label
        REVOCATION = FactKind.REVOCATION.value, FactKind.REVOCATION.label

    id: int
    case = models.ForeignKey(MorosityCase, on_delete=models.PROTECT, related_name="facts")
    kind = models.TextField(choices=Kind.choices)
    on = models.DateField()
    hearing_on = models.DateField(null=True)
    reference = models.TextField()  # number of the resolution, proof of service
    note = models.TextField(blank=True)
    prepared_at = models.DateTimeField()
    preparer_id = models.BigIntegerField()
    preparer_name = models.TextField()
    confirmed_at = models.DateTimeField(null=True)
    confirmer_id = models.BigIntegerField(null=True)
    confirmer_name = models.TextField(blank=True)
    refused_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["MorosityFact"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="morosityfact_waiting_once",
                condition=models.Q(confirmed_at__isnull=True, refused_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(confirmer_id__isnull=True)
                | ~models.Q(confirmer_id=models.F("preparer_id")),
                name="morosityfact_two_persons",
            ),
        ]  # fmt: skip
