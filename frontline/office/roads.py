"""By which road the Ente and each of its services reach pagoPA: seen, chosen, explained before it is done."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Service
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs
from frontline.office.road_names import ROAD_NAMES, ROAD_WORDS
from frontline.office.told import told
from pagopa.gateways.configured import configured_roads
from pagopa.gateways.protocol import Road
from pagopa.selectors.roads import following, roads_of_services
from pagopa.services.publication_roads import choose_road
from paybox.kernel.clock import now
from tenants.roles import Capability

THE_ENTES = "Come l'Ente"


@staff(Capability.ADMINISTER)
def roads(request: StaffRequest) -> HttpResponse:
    ente_road = request.tenant.gateway
    page = {
        "ente_road": ROAD_NAMES.get(Road(ente_road), ente_road),
        "services": [(one, ROAD_NAMES[Road(one.road)]) for one in roads_of_services(ente_road)],
        "choices": [
            (road.value, ROAD_NAMES[road], ROAD_WORDS[road]) for road in configured_roads()
        ],
        "the_entes": THE_ENTES,
        "crumbs": _trail(),
    }
    return render(request, "office/roads.html", page)


@staff(Capability.ADMINISTER)
def choose(request: StaffRequest) -> HttpResponse:
    """What would happen (GET), then the choice itself (POST)."""
    given = request.POST if request.method == "POST" else request.GET
    road, code = given.get("via", ""), given.get("servizio", "")
    service = Service.objects.filter(code=code).first() if code else None
    known = {one.value for one in configured_roads()} | ({""} if service else set())
    if road not in known or (code and service is None):
        messages.error(request, "Questa via non è disponibile: sceglierne una dell'elenco.")
        return redirect("office:roads")
    if request.method == "POST":
        return _chosen(request, road, code)
    return render(request, "office/road_choose.html", _effects(request, road, service))


def _chosen(request: StaffRequest, road: str, code: str) -> HttpResponse:
    with told(request, "La via è scelta: le posizioni da pagare la seguono nei prossimi minuti."):
        choose_road(road=road, service_code=code, actor=request.actor, at=now())
    return redirect("office:roads")


def _effects(request: StaffRequest, road: str, service: Service | None) -> dict[str, Any]:
    before = Road((service and service.gateway) or request.tenant.gateway)
    after = Road(road or request.tenant.gateway)
    return {
        "service": service,
        "road": road,
        "before": ROAD_NAMES[before],
        "after": ROAD_NAMES[after],
        "words": ROAD_WORDS[after],
        "same": before == after,
        "count": following(service_code=service.code if service else "").count(),
        "crumbs": _trail("Conferma"),
    }


def _trail(step: str = "") -> list[tuple[str, str]]:
    here = ("Vie verso pagoPA", reverse("office:roads") if step else "")
    services = ("Tipi di dovuto", reverse("office:services"))
    return crumbs(services, here, *([(step, "")] if step else []))
