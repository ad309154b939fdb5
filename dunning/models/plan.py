import uuid
from typing import ClassVar

from django.db import models

from billing.models import Instalment, Position
from dunning.models.hold import Hold


class InstalmentPlan(models.Model):
    """A debt to be paid month by month: ``position`` is the credit opened for it, its rate are the ways to pay.

    ``rows``: number, due day, cents and interest of each instalment, as granted. ``replaced_by`` once the right is lost.
    """

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    position = models.OneToOneField(Position, on_delete=models.PROTECT, related_name="plan")
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT)
    requested_on = models.DateField()
    granted_on = models.DateField()
    act = models.TextField()  # the decision that grants it
    debt_cents = models.BigIntegerField()
    interest_cents = models.BigIntegerField()
    rows = models.JSONField()
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()
    lost_on = models.DateField(null=True)
    lost_by = models.TextField(blank=True)
    lost_act = models.TextField(blank=True)
    replaced_by = models.OneToOneField(
        Position, on_delete=models.PROTECT, related_name="lost_plan", null=True
    )

    objects: ClassVar[models.Manager["InstalmentPlan"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="plan_uuid"),
            models.CheckConstraint(
                condition=models.Q(lost_on__isnull=True, replaced_by__isnull=True)
                | models.Q(lost_on__isnull=False, replaced_by__isnull=False),
                name="plan_lost_whole",
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="plan_created")]


class PlanReminder(models.Model):
    """The express reminder of one missed instalment (c. 800): without it the miss does not count. Append-only."""

    append_only = True

    plan = models.ForeignKey(InstalmentPlan, on_delete=models.PROTECT, related_name="reminders")
    instalment = models.OneToOneField(
        Instalment, on_delete=models.PROTECT, related_name="plan_reminder"
    )
    sent_on = models.DateField()
    term_on = models.DateField()
    proof = models.TextField()
    at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["PlanReminder"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(term_on__gt=models.F("sent_on")), name="planreminder_term"
            )
        ]


class PlanProposal(models.Model):
    """A plan above what one person may grant: nothing changes on the credit until another has confirmed it. Cents.

    ``total_cents``: as the proposer read it; the confirmer reads that of her own day.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSTA", "Da confermare"
        GRANTED = "CONCESSA", "Concessa"
        REFUSED = "RESPINTA", "Non concessa"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="plan_proposals")
    state = models.TextField(choices=State.choices, default=State.PROPOSED)
    requested_on = models.DateField()
    count = models.SmallIntegerField()
    first_on = models.DateField()
    act = models.TextField()
    total_cents = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    proposer_id = models.BigIntegerField()
    proposer_name = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decider_id = models.BigIntegerField(null=True)
    decider_name = models.TextField(blank=True)
    reason = models.TextField(blank=True)  # why it was not granted
    plan = models.OneToOneField(
        InstalmentPlan, on_delete=models.PROTECT, related_name="proposal", null=True
    )

    objects: ClassVar[models.Manager["PlanProposal"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="planproposal_uuid"),
            models.UniqueConstraint(
                fields=["position"], name="planproposal_waiting_once", condition=models.Q(state="PROPOSTA"),
            ),
            models.CheckConstraint(
                condition=models.Q(state="CONCESSA", plan__isnull=False)
                | (~models.Q(state="CONCESSA") & models.Q(plan__isnull=True)),
                name="planproposal_granted_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="CONCESSA") | ~models.Q(decider_id=models.F("proposer_id")),
                name="planproposal_two_persons",
            ),
        ]  # fmt: skip
