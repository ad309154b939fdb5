"""The first page of an Ente for its citizens: what can be done, and what was left half-way."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing.models import Instalment
from billing.selectors.amounts import due_of
from frontline.access import EnteRequest, public_page
from frontline.portal.basket import basket_lines, drop_basket
from frontline.portal.drafts import drop_drafts
from frontline.portal.grants import forget_everything, latest_handles
from frontline.portal.lookups import instalments_of_grants, spontaneous_services
from frontline.portal.zero_carta_grants import forget_person
from paybox.kernel.clock import today


@dataclass(frozen=True, slots=True)
class LeftHalfWay:
    """A notice that this browser may still open."""

    handle: str
    instalment: Instalment
    asked_cents: int


@public_page
@never_cache
@require_safe
def home(request: EnteRequest) -> HttpResponse:
    """The three things a citizen comes for, and the Ente's contacts."""
    basket = basket_lines(request, schema=request.tenant.schema_name, on=today())
    context = {
        "services": spontaneous_services(),
        "left": _left_half_way(request),
        "basket": basket,
        "basket_cents": sum(line.cents for line in basket if line.state.may_pay),
    }
    return render(request, "portal/home.html", context)


@public_page
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """At a shared computer: nothing of this visit stays in the browser."""
    forget_everything(request)
    drop_drafts(request)
    drop_basket(request)
    forget_person(request)
    return redirect("portal:home")


def _left_half_way(request: EnteRequest) -> list[LeftHalfWay]:
    handles = latest_handles(request, schema=request.tenant.schema_name)
    found = instalments_of_grants([grant for _, grant in handles])
    pairs = ((handle, found.get((grant.position, grant.number))) for handle, grant in handles)
    return [
        LeftHalfWay(handle, way, due_of(way, on=today()).total_cents)
        for handle, way in pairs
        if way
    ]
