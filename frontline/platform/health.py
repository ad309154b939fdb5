"""How each Ente is doing, read in its own schema, one after the other: nothing is added up across Enti."""

from dataclasses import dataclass

from django.db import DatabaseError
from django_tenants.utils import schema_context

from billing.models import Load
from paybox.kernel.models import OutboxEntry
from tenants.models import Ente
from tenants.selectors.enti import primary_domain


@dataclass(frozen=True, slots=True)
class EnteHealth:
    """``failed`` counts the work given up after all its attempts; ``readable`` False when the schema is not there."""

    ente: Ente
    domain: str
    last_load: Load | None = None
    failed: int = 0
    waiting: int = 0
    readable: bool = True


def health_of_enti() -> list[EnteHealth]:
    """Of all active Enti, by name."""
    enti = Ente.objects.filter(is_active=True).order_by("name")
    return [_health(ente) for ente in enti]


def _health(ente: Ente) -> EnteHealth:
    domain = primary_domain(ente)
    try:
        with schema_context(ente.schema_name):
            return EnteHealth(
                ente=ente,
                domain=domain,
                last_load=Load.objects.order_by("-created_at").first(),
                failed=OutboxEntry.objects.filter(failed_at__isnull=False).count(),
                waiting=OutboxEntry.objects.filter(
                    done_at__isnull=True, failed_at__isnull=True
                ).count(),
            )
    except DatabaseError:  # one Ente half-made must not hide the others
        return EnteHealth(ente=ente, domain=domain, readable=False)
