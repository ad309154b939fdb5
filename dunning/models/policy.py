from typing import ClassVar

from django.db import models

from billing.models import Service
from dunning.rules.steps import Anchor, StepKind


class DunningPolicy(models.Model):
    """How one service is chased, version by version: a version is never changed, a new one takes its place."""

    append_only = True

    id: int
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="policies")
    version = models.IntegerField()
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()

    objects: ClassVar[models.Manager["DunningPolicy"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "version"], name="policy_version")
        ]


class PolicyStep(models.Model):
    """One step; number 1 follows the notice. ``channels`` is the cascade, the first that works is used."""

    append_only = True

    class Kind(models.TextChoices):
        """The values are ``rules.steps.StepKind``."""

        COURTESY = StepKind.COURTESY.value, "Promemoria di cortesia"
        FORMAL = StepKind.FORMAL.value, "Sollecito formale"
        LEGAL = StepKind.LEGAL.value, "Atto"

    class From(models.TextChoices):
        """The values are ``rules.steps.Anchor``."""

        DUE = Anchor.DUE.value, "dalla scadenza"
        SENT = Anchor.SENT.value, "dall'invio del passo precedente"
        DELIVERED = Anchor.DELIVERED.value, "dal recapito del passo precedente"

    id: int
    policy = models.ForeignKey(DunningPolicy, on_delete=models.PROTECT, related_name="steps")
    number = models.SmallIntegerField()
    kind = models.TextField(choices=Kind.choices)
    anchor = models.TextField(choices=From.choices)
    offset_days = models.IntegerField()
    channels = models.JSONField()
    template = models.TextField()
    text = models.TextField(blank=True, default="", db_default="")  # the ``variant`` that it says
    needs_approval = models.BooleanField()
    minimum_cents = models.BigIntegerField()
    costs_cents = models.BigIntegerField()  # 0: where expenses are charged, what the decree says
    charges = models.JSONField(default=list, db_default=[])  # the ``LineKind`` that the step adds
    holdout_percent = models.SmallIntegerField()

    objects: ClassVar[models.Manager["PolicyStep"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policystep_number"),
            models.CheckConstraint(
                condition=models.Q(holdout_percent__gte=0, holdout_percent__lte=50),
                name="policystep_holdout",
            ),
            models.CheckConstraint(
                condition=models.Q(minimum_cents__gte=0, costs_cents__gte=0),
                name="policystep_cents",
            ),
        ]

    @property
    def adds_sums(self) -> bool:
        """Then it is made as acts, each with a position of its own, and not by a plain sending."""
        return bool(self.charges or self.costs_cents) or self.kind == StepKind.LEGAL


class StandingApproval(models.Model):
    """The office's yes, given once, to a courtesy step that leaves by itself every day up to a cap."""

    id: int
    step = models.ForeignKey(PolicyStep, on_delete=models.PROTECT, related_name="standing")
    daily_cap = models.IntegerField()
    approved_at = models.DateTimeField()
    approver_id = models.BigIntegerField()
    approver_name = models.TextField()
    paused_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)  # why it paused, for the official
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["StandingApproval"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["step"],
                name="standing_once",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(daily_cap__gt=0), name="standing_cap_positive"
            ),
        ]
