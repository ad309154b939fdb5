"""By which road each service of the current Ente reaches pagoPA, and what would follow another choice."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from billing.models import Position, Service
from billing.states import PositionState

_UNPAID = Q(positions__state__in=(PositionState.OPEN, PositionState.PARTLY_PAID))


@dataclass(frozen=True, slots=True)
class ServiceRoad:
    """``own`` is empty where the service goes by the Ente's road; ``unpaid`` positions follow a change."""

    code: str
    name: str
    own: str
    road: str
    unpaid: int


def roads_of_services(ente_road: str) -> list[ServiceRoad]:
    """One for each service in use, by name."""
    rows = Service.objects.filter(is_active=True).annotate(unpaid=Count("positions", _UNPAID))
    return [
        ServiceRoad(s.code, s.name, s.gateway, s.gateway or ente_road, s.unpaid)
        for s in rows.order_by("name")
    ]


def following(*, service_code: str = "") -> "QuerySet[Position]":
    """Unpaid positions that a change of the Ente's road, or of that service's, takes along."""
    unpaid = Position.objects.unpaid()
    if service_code:
        return unpaid.filter(service__code=service_code)
    return unpaid.filter(service__gateway="")
