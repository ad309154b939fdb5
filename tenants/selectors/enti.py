"""Questions about Enti, asked in ``public``."""

from dataclasses import dataclass
from datetime import date

from paybox.kernel.queue import NoEnte, current_schema
from tenants.models import Domain, Ente, Membership, User
from tenants.roles import Capability


@dataclass(frozen=True, slots=True)
class Official:
    """Who works for the Ente; ``services`` empty means all of them."""

    name: str
    email: str
    services: tuple[str, ...]

    def sees(self, service: str) -> bool:
        return not self.services or service in self.services


def ente_of_host(host: str) -> Ente | None:
    """The active Ente that answers to ``host`` (no port)."""
    domain = (
        Domain.objects.select_related("tenant").filter(domain=host, tenant__is_active=True).first()
    )
    return domain.tenant if domain else None


def ente_of_codice_fiscale(codice_fiscale: str) -> Ente | None:
    """The active Ente the Node names ``idPA``."""
    found: Ente | None = Ente.objects.filter(codice_fiscale=codice_fiscale, is_active=True).first()
    return found


def ente_of_schema(schema: str) -> Ente | None:
    found: Ente | None = Ente.objects.filter(schema_name=schema).first()
    return found


def ente_at_work() -> Ente:
    """The Ente whose schema is in force. Raises NoEnte."""
    ente = ente_of_schema(current_schema())
    if ente is None:
        raise NoEnte("nessun Ente per lo schema attivo")
    return ente


def active_schemas() -> list[str]:
    return list(
        Ente.objects.filter(is_active=True)
        .order_by("schema_name")
        .values_list("schema_name", flat=True)
    )


def membership_of(user: User, ente: Ente, *, on: date) -> Membership | None:
    """The role in force on that day, if any."""
    return Membership.objects.valid(on=on).filter(user_id=user.pk, ente_id=ente.pk).first()


def memberships_of(user: User, *, on: date) -> list[Membership]:
    """All the Enti where the person works."""
    return list(
        Membership.objects.valid(on=on)
        .filter(user_id=user.pk)
        .select_related("ente")
        .order_by("ente__name")
    )


def primary_domain(ente: Ente) -> str:
    return str(
        Domain.objects.filter(tenant=ente)
        .order_by("-is_primary", "id")
        .values_list("domain", flat=True)
        .first()
    )


def officials_of(ente: Ente, capability: Capability, *, on: date) -> list[Official]:
    """Who, on that day, may do that in the Ente, by name."""
    valid = Membership.objects.valid(on=on).filter(ente=ente, user__is_active=True)
    return [
        Official(m.user.name, m.user.email, tuple(m.services))
        for m in valid.select_related("user").order_by("user__name", "pk")
        if m.may(capability)
    ]


def staff_who_may(ente: Ente, capability: Capability, *, on: date) -> list[User]:
    """The people who, on that day, may do that in the Ente, by name."""
    valid = Membership.objects.valid(on=on).filter(ente=ente, user__is_active=True)
    listed = valid.select_related("user").order_by("user__name", "pk")
    return [m.user for m in listed if m.may(capability)]
