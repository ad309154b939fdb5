"""The people of the demo: one for each role of Borgo, one for Valle, one for the platform. Never in production."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from paybox.kernel.problems import Refused
from tenants.models import Ente, Membership, User
from tenants.roles import Role

DEMO_PASSWORD = "dimostrazione-paybox"  # noqa: S105  written in the README: it opens a demo and nothing else
SINCE = date(2026, 1, 1)
PLATFORM = "piattaforma"


class DemoUsersRefused(Refused):
    """Known passwords have no place here; nobody was created."""


@dataclass(frozen=True, slots=True)
class DemoUser:
    """``ente`` is the schema, empty for who administers the platform; ``role`` is a ``Role`` or «piattaforma»."""

    email: str
    name: str
    ente: str
    role: str
    password: str = DEMO_PASSWORD


DEMO_USERS = (
    DemoUser("responsabile@borgo.example", "Marta Serra", "borgo", Role.RESPONSABILE),
    DemoUser("funzionario@borgo.example", "Nicola Bruni", "borgo", Role.FUNZIONARIO),
    DemoUser("ragioneria@borgo.example", "Olga Testa", "borgo", Role.RAGIONERIA),
    DemoUser("operatore@borgo.example", "Pietro Longo", "borgo", Role.OPERATORE),
    DemoUser("esattore@borgo.example", "Rita Colli", "borgo", Role.ESATTORE),
    DemoUser("lettore@borgo.example", "Sergio Monti", "borgo", Role.LETTORE),
    DemoUser("responsabile@valle.example", "Teresa Galli", "valle", Role.RESPONSABILE),
    DemoUser("piattaforma@paybox.example", "Ugo Marini", "", PLATFORM),
)


def ensure_demo_users() -> list[DemoUser]:
    """Create who is missing, in the Enti that exist; run twice it changes nothing.

    Raises DemoUsersRefused in production or where the clock cannot be moved. The check is here and not in the
    callers, because a password that everybody knows must not get in by any door.
    """
    if settings.ENVIRONMENT.is_production or not settings.MOVABLE_CLOCK:
        raise DemoUsersRefused(
            "Gli utenti dimostrativi hanno una password nota: in produzione non si creano"
        )
    with schema_context(get_public_schema_name()), transaction.atomic():
        enti = {ente.schema_name: ente for ente in Ente.objects.filter(is_active=True)}
        present = [user for user in DEMO_USERS if not user.ente or user.ente in enti]
        for user in present:
            _ensure(user, enti.get(user.ente))
    return present


def _ensure(demo: DemoUser, ente: Ente | None) -> None:
    user = User.objects.filter(email=demo.email).first()
    if user is None:
        is_admin = demo.role == PLATFORM
        user = User.objects.create_user(
            demo.email, demo.password, name=demo.name, is_platform_staff=is_admin
        )
    if ente:
        given = {"role": demo.role, "since": SINCE}
        Membership.objects.get_or_create(user=user, ente=ente, defaults=given)
