from typing import ClassVar

from django.db import models


class Service(models.Model):
    """A *tipo di dovuto*: what the body collects, configured without code (P1)."""

    id: int
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    taxonomy = models.CharField(max_length=140)
    causale = models.CharField(max_length=100)
    sector = models.CharField(max_length=50, blank=True)
    accounting_code = models.CharField(max_length=40, blank=True)
    accounting_entry = models.CharField(
        max_length=40, blank=True, default="", db_default=""
    )  # accertamento
    iban = models.CharField(max_length=34, blank=True)
    postal_iban = models.CharField(max_length=34, blank=True)
    shares = models.JSONField(default=list, blank=True)  # read by billing/rules/shares
    metadata = models.JSONField(default=dict, blank=True)  # said to the Node with each notice
    amount_rules = models.JSONField(default=list, blank=True)  # read by billing/rules/amount_due
    accepts_late_payment = models.BooleanField(default=True)
    allows_spontaneous = models.BooleanField(default=False)
    allows_demand = models.BooleanField(default=False)  # at a PSP, without a notice
    demand_code = models.CharField(max_length=5, blank=True)  # idServizio of the catalogue
    demand_names = models.JSONField(default=dict, blank=True)  # name in its XML → our field
    form_fields = models.JSONField(default=list, blank=True)
    fixed_amount_cents = models.BigIntegerField(null=True, blank=True)
    stamp_cents = models.BigIntegerField(null=True, blank=True)  # a marca da bollo for the document
    due_after_days = models.IntegerField(default=30)
    reminder_minimum_cents = models.BigIntegerField(default=100)
    second_language = models.TextField(  # in which notices say everything again
        blank=True, default="", db_default="", choices=[("de", "Tedesco")]
    )
    gateway = models.TextField(blank=True)  # road to pagoPA; empty: the Ente's
    is_active = models.BooleanField(default=True)

    objects: ClassVar[models.Manager["Service"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="service_code"),
            models.UniqueConstraint(
                fields=["demand_code"],
                name="service_demand_code",
                condition=~models.Q(demand_code=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name
