from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from billing.models import Service
from billing.rules.minimums import TITLE_CENTS
from dunning.rules.executivity import Nature, Terms
from dunning.rules.limitation import TERMS, CreditKind


class CreditRules(models.Model):
    """What the body has decided, for one service, where the law leaves it a choice or readings differ."""

    id: int
    service = models.OneToOneField(Service, on_delete=models.PROTECT, related_name="credit_rules")
    kind = models.TextField(
        choices=[(kind.value, TERMS[kind].name) for kind in CreditKind],
        default=CreditKind.ORDINARY.value,
    )
    charges_on_everything = models.BooleanField(
        default=False
    )  # c. 803: also on sanctions, interest
    reminder_days = models.IntegerField(default=30, validators=[MinValueValidator(0)])  # c. 795
    small_days = models.IntegerField(default=60, validators=[MinValueValidator(0)])  # c. 795
    handover_minimum_cents = models.BigIntegerField(default=TITLE_CENTS)
    handover_needs_service = models.BooleanField(default=True)  # an act served, not only written
    alert_days = models.IntegerField(default=180, validators=[MinValueValidator(1)])
    mora_spread = models.SmallIntegerField(  # c. 802: hundredths of a percent
        default=0, db_default=0, validators=[MinValueValidator(0), MaxValueValidator(200)]
    )
    # days that do not count for limitation: [since, until, source]
    suspensions = models.JSONField(default=list, blank=True, db_default=[])
    # plans: [up to cents or null, fewest, most], empty: those of c. 796; hundredths of a percent
    plan_bands = models.JSONField(default=list, blank=True, db_default=[])
    plan_minimum_cents = models.BigIntegerField(default=0, db_default=0)
    plan_spread = models.SmallIntegerField(
        default=0, db_default=0, validators=[MinValueValidator(-300), MaxValueValidator(300)]
    )
    plan_tolerance_days = models.SmallIntegerField(
        default=0, db_default=0, validators=[MinValueValidator(0)]
    )
    # above this debt, or with more instalments, a plan is granted by two persons; None: one is enough
    plan_second_cents = models.BigIntegerField(null=True, blank=True)
    plan_second_count = models.SmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    ruolo_ente = models.CharField(max_length=5, blank=True)
    ruolo_comune = models.CharField(max_length=6, blank=True)
    ruolo_tributo = models.CharField(max_length=4, blank=True)

    objects: ClassVar[models.Manager["CreditRules"]]

    @property
    def nature(self) -> Nature:
        is_tax = self.kind == CreditKind.LOCAL_TAX
        return Nature.TAX if is_tax else Nature.PATRIMONIAL

    @property
    def terms(self) -> Terms:
        return Terms(reminder_days=self.reminder_days, small_days=self.small_days)
