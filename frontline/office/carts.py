"""Payments begun on the public pages: which were paid, which were left."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from pagopa.rules.cart import FRESH
from pagopa.selectors.carts import carts, shown_carts
from paybox.kernel.clock import now
from tenants.roles import Capability


@staff(Capability.SEE)
def started(request: StaffRequest) -> HttpResponse:
    """Newest first. The state is derived: nobody closes a cart, and none locks its notices."""
    page = page_of(request, carts())
    scope = request.membership.services
    shown = shown_carts(list(page.object_list), at=now())
    if scope:
        shown = [s for s in shown if any(i.position.service.code in scope for i in s.instalments)]
    context = {
        "page": page,
        "shown": shown,
        "minutes": int(FRESH.total_seconds() // 60),
        "crumbs": crumbs(("pagoPA", reverse("office:publications")), ("Pagamenti online", "")),
    }
    return render(request, "office/carts.html", context)
