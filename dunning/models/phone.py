import uuid
from typing import ClassVar

from django.db import models

from billing.models import Service
from dunning.models.text import TextVersion
from dunning.rules.phone_ends import FileState
from registry.models import Subject

FILE_STATES = [(one.value, one.label) for one in FileState]


class PhoneCampaign(models.Model):
    """Debts given to be asked for by telephone: with an agreed script, for a time, within rules."""

    class State(models.TextChoices):
        SIMULATED = "SIMULATA", "Da approvare"
        RUNNING = "IN_CORSO", "In corso"
        CLOSED = "CHIUSA", "Conclusa"
        CANCELLED = "ANNULLATA", "Annullata"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    name = models.TextField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="phone_campaigns")
    script = models.ForeignKey(TextVersion, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(choices=State.choices, default=State.SIMULATED)
    older_than_days = models.IntegerField()
    minimum_cents = models.BigIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    opens = models.TimeField()
    closes = models.TimeField()
    grace_days = models.SmallIntegerField()  # working days after the day promised
    call_mills = models.IntegerField()  # what one call costs, in thousandths of a euro
    snapshot_sha256 = models.TextField(blank=True)
    chosen = models.IntegerField(default=0)
    excluded = models.IntegerField(default=0)
    amount_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approver_id = models.BigIntegerField(null=True)
    approver_name = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(blank=True)
    report = models.JSONField(default=dict)  # the figures as they were when it ended
    package = models.TextField(blank=True)  # the hand-back, in the storage
    package_sha256 = models.TextField(blank=True)

    objects: ClassVar[models.Manager["PhoneCampaign"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="phonecampaign_uuid"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="phonecampaign_time"
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="phonecampaign_created")]


class PhoneOperator(models.Model):
    """A person to whom a campaign is given: she sees that one, until it is taken back or ends."""

    id: int
    campaign = models.ForeignKey(PhoneCampaign, on_delete=models.PROTECT, related_name="operators")
    user_id = models.BigIntegerField()
    name = models.TextField()
    given_at = models.DateTimeField()
    given_by = models.TextField()
    taken_back_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["PhoneOperator"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "user_id"], name="phoneoperator_once",
                condition=models.Q(taken_back_at__isnull=True),
            )
        ]  # fmt: skip


class PhoneFile(models.Model):
    """One debtor in one campaign, with her debts as they were given; one operator at a time holds it."""

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    campaign = models.ForeignKey(PhoneCampaign, on_delete=models.PROTECT, related_name="files")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="phone_files")
    position_ids = models.JSONField()
    amount_cents = models.BigIntegerField()
    due_on = models.DateField()  # the oldest of them
    state = models.TextField(choices=FILE_STATES)
    reason = models.TextField(blank=True)
    expected_cents = models.BigIntegerField(default=0)
    attention = models.SmallIntegerField(default=0)
    extra_promises = models.SmallIntegerField(default=0)  # let by an official
    next_call_at = models.DateTimeField(null=True)  # none: the office decides
    leased_until = models.DateTimeField(null=True)
    operator_id = models.BigIntegerField(null=True)
    operator_name = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(blank=True)
    collected_cents = models.BigIntegerField(default=0)  # as they were when it ended
    left_cents = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["PhoneFile"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="phonefile_uuid"),
            models.UniqueConstraint(fields=["campaign", "subject"], name="phonefile_once"),
            models.UniqueConstraint(
                fields=["subject"], name="phonefile_open_once",
                condition=models.Q(state=FileState.OPEN.value),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["campaign", "state", "-expected_cents", "id"], name="phonefile_list"
            )
        ]
