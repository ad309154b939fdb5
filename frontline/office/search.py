"""The answer of the search box: a notice number opens its position, the rest is a page of what was found."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from billing.selectors.search import LIMIT, search_everywhere
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs
from paybox.kernel.clock import today
from tenants.roles import Capability

LONGEST = 100


@staff(Capability.SEE)
def search(request: StaffRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:LONGEST]
    found = search_everywhere(query, scope=request.membership.services)
    if found.by_notice:
        return redirect("office:position", uuid=found.by_notice.uuid)
    page = {
        "query": query,
        "found": found,
        "limit": LIMIT,
        "today": today(),
        "crumbs": crumbs(("Ricerca", "")),
    }
    return render(request, "office/search.html", page)
