"""What is about to be lost by time, the nearest first; and for an Order, whom the Council may have to hear."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dunning.selectors.limitation_list import ExpiringList
from dunning.selectors.limitation_tally import expiring_tally
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from paybox.kernel.clock import today
from tenants.roles import Capability


@staff(Capability.SEE)
def limitation(request: StaffRequest) -> HttpResponse:
    """Every unpaid credit whose last day is near or past, for the services whose kind of credit is known."""
    scope = request.membership.services
    page = {
        "page": page_of(request, ExpiringList(scope, today())),
        "tally": expiring_tally(scope=scope, on=today()),
        "crumbs": crumbs(
            ("Riscossione coattiva", reverse("office:handovers")), ("Termini di prescrizione", "")
        ),
    }
    return render(request, "office/limitation.html", page)
