import uuid
from typing import ClassVar

from django.db import models

from billing.models import Position, Service
from dunning.models.policy import PolicyStep
from dunning.models.wave import Wave
from paybox.kernel.models import Job


class ActBatch(models.Model):
    """One step of a procedure that adds sums, for all whose turn it is: worked out, approved by another person, made one by one."""

    class State(models.TextChoices):
        SIMULATED = "SIMULATO", "Da approvare"
        MAKING = "IN_CORSO", "In corso"
        DONE = "COMPLETATO", "Completato"
        CANCELLED = "ANNULLATO", "Annullato"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="act_batches")
    step = models.ForeignKey(PolicyStep, on_delete=models.PROTECT, related_name="act_batches")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="act_batches", null=True)
    state = models.TextField(choices=State.choices, default=State.SIMULATED)
    planned_on = models.DateField()
    due_on = models.DateField()
    reason = models.TextField()
    acts = models.IntegerField(default=0)
    excluded = models.IntegerField(default=0)
    owed_cents = models.BigIntegerField(default=0)
    added_cents = models.BigIntegerField(default=0)
    snapshot_sha256 = models.TextField(blank=True)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approver_id = models.BigIntegerField(null=True)
    approver_name = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["ActBatch"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="actbatch_uuid"),
            models.CheckConstraint(
                condition=models.Q(due_on__gt=models.F("planned_on")), name="actbatch_due"
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="actbatch_created")]


class ActItem(models.Model):
    """One credit in a batch: what is added to it, line by line, or why it stays out. Cents."""

    class State(models.TextChoices):
        READY = "PRONTO", "Da fare"
        EXCLUDED = "ESCLUSO", "Escluso"
        DONE = "FATTO", "Fatto"
        SKIPPED = "SALTATO", "Saltato"

    id: int
    batch = models.ForeignKey(ActBatch, on_delete=models.PROTECT, related_name="items")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="act_items")
    state = models.TextField(choices=State.choices)
    reason = models.TextField(blank=True)
    channel = models.TextField(blank=True)
    owed_cents = models.BigIntegerField()
    sanctions_cents = models.BigIntegerField(default=0)
    interest_cents = models.BigIntegerField(default=0)
    expenses_cents = models.BigIntegerField(default=0)
    charges_cents = models.BigIntegerField(default=0)
    replacement = models.OneToOneField(
        Position, on_delete=models.PROTECT, related_name="made_by", null=True
    )
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager["ActItem"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="actitem_once"),
            models.CheckConstraint(
                condition=models.Q(
                    sanctions_cents__gte=0, interest_cents__gte=0, expenses_cents__gte=0, charges_cents__gte=0,
                ),
                name="actitem_cents",
            ),
            models.CheckConstraint(
                condition=models.Q(state="FATTO", replacement__isnull=False)
                | (~models.Q(state="FATTO") & models.Q(replacement__isnull=True)),
                name="actitem_done_has_replacement",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["batch", "state", "id"], name="actitem_state")]

    @property
    def added_cents(self) -> int:
        return self.sanctions_cents + self.interest_cents + self.expenses_cents + self.charges_cents
