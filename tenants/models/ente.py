from typing import Any, ClassVar

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Ente(TenantMixin):
    """A creditor body: one schema. Created only by ``tenants.services.provisioning``."""

    class Kind(models.TextChoices):
        COMUNE = "COMUNE", "Comune"
        ORDINE = "ORDINE", "Ordine professionale"
        ALTRO = "ALTRO", "Altro ente creditore"

    auto_create_schema = False
    auto_drop_schema = False
    objects: ClassVar[models.Manager[Any]]

    id: int
    schema_name: str
    name = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    codice_fiscale = models.CharField(max_length=11)
    cell = models.TextField(default="default")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    broker = models.CharField(max_length=11)
    station = models.CharField(max_length=35)
    segregation = models.CharField(max_length=2)
    cbill = models.CharField(max_length=5, blank=True)
    ipa_code = models.TextField(blank=True)
    gateway = models.TextField(default="SOAP")
    iban = models.CharField(max_length=34, blank=True)
    postal_iban = models.CharField(max_length=34, blank=True)
    postal_account = models.CharField(max_length=12, blank=True)
    postal_holder = models.TextField(blank=True)
    postal_authorization = models.TextField(blank=True)

    address = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    website = models.TextField(blank=True)
    sms_alias = models.CharField(max_length=11, blank=True)
    patron_saint = models.TextField(blank=True)
    accessibility_url = models.TextField(blank=True)
    privacy_url = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["codice_fiscale"], name="ente_codice_fiscale")
        ]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host name that belongs to one Ente."""

    objects: ClassVar[models.Manager[Any]]
