"""What is about to be lost by time, the nearest first; and for an Order, whom the Council may have to hear."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dunning.selectors.limitation import Expiring, expiring
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from paybox.kernel.clock import today
from tenants.roles import Capability


@staff(Capability.SEE)
def limitation(request: StaffRequest) -> HttpResponse:
    """Every unpaid credit whose last day is near or past, for the services whose kind of credit is known."""
    found = expiring(scope=request.membership.services, on=today())
    late = [one for one in found if one.days_left < 0]
    page = {
        "page": page_of(request, found),
        "near": _sum(found, past=False),
        "near_count": len(found) - len(late),
        "late": _sum(found, past=True),
        "late_count": len(late),
        "crumbs": crumbs(
            ("Riscossione coattiva", reverse("office:handovers")), ("Termini di prescrizione", "")
        ),
    }
    return render(request, "office/limitation.html", page)


def _sum(found: list[Expiring], *, past: bool) -> int:
    return sum(one.position.residual_cents for one in found if (one.days_left < 0) is past)
