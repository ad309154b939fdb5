"""The flows: how far they have been brought in, «Scarica ora i flussi», and the list of all of them."""

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.told import tell_refusal
from pagopa.gateways.configured_sources import asks_for_flows
from pagopa.models import Flow, Repair, RepairPart
from pagopa.selectors.flow_pulls import pull_state
from pagopa.services.flow_request import request_flows
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability

ASKED = "I flussi sono stati chiesti a pagoPA: appena arrivano compaiono in questa pagina."
UNDER_WAY = "I flussi erano già stati chiesti: il lavoro è in corso."


@staff(Capability.ACCOUNT)
def flows(request: StaffRequest) -> HttpResponse:
    """The newest first."""
    by_hand = RepairPart.objects.filter(flow=OuterRef("pk"), repair__state=Repair.State.IN_FORCE)
    found = Flow.objects.select_related("treasury_credit").annotate(by_hand=Exists(by_hand))
    page = {
        "pull": pull_state(),
        "connected": asks_for_flows(),
        "page": page_of(request, found.order_by("-regulation_on", "-id")),
        "crumbs": crumbs(("Riconciliazione", reverse("office:reconciliation")), ("Flussi", "")),
    }
    return render(request, "office/flows.html", page)


@staff(Capability.ACCOUNT)
@require_POST
def fetch(request: StaffRequest) -> HttpResponse:
    """«Scarica ora i flussi»; with ``tutti`` from thirty days back, whatever was seen."""
    whole = request.POST.get("tutti") == "1"
    try:
        asked = request_flows(
            connected=asks_for_flows(), whole=whole, actor=request.actor, at=now()
        )
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, ASKED) if asked else messages.info(request, UNDER_WAY)
    return redirect("office:flows")
