"""Several notices, one payment: the basket's page, the way to the checkout and back. Only receipts say what is paid."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from frontline.access import EnteRequest, public_page
from frontline.portal.basket import (
    BasketRefused,
    Line,
    add_to_basket,
    basket_lines,
    departed,
    lines_of,
    note_departure,
    take_out,
)
from frontline.portal.forms import PayerForm
from frontline.portal.grants import GrantRefused, granted
from frontline.portal.lookups import instalment_of_grant
from frontline.portal.notice_page import allow_checkout, expired_page, notice_page
from frontline.portal.rate_limit import PER_ADDRESS, TooManyAttempts, client_address, count_attempt
from frontline.portal.returns import look_for_receipts
from pagopa.gateways.checkout import checkout_gateway
from pagopa.rules.cart import MAX_NOTICES
from pagopa.services.checkout import CheckoutUnavailable, ReturnUrls, start_checkout
from paybox.kernel.clock import now, today

OUTCOMES = ("ok", "annullato", "errore", "attesa")
CHANGED = (
    "Il totale è cambiato da quando la pagina è stata aperta: controllarlo e confermare di nuovo."
)
EMPTY = "Nel carrello non c'è alcun avviso da pagare."


@public_page
@never_cache
@require_safe
def cart(request: EnteRequest) -> HttpResponse:
    """What will be paid together, and the total."""
    return _cart_page(request)


@public_page
@never_cache
@require_POST
def add(request: EnteRequest, handle: str) -> HttpResponse:
    """«Aggiungi al carrello» on the page of a notice."""
    schema = request.tenant.schema_name
    try:
        add_to_basket(request, handle, schema=schema, on=today())
    except GrantRefused as refusal:
        return expired_page(request, refusal)
    except BasketRefused as refusal:
        way = instalment_of_grant(granted(request, handle, schema=schema))
        return notice_page(request, way, handle, trouble=f"{refusal}.", status=409)
    return redirect("portal:cart")


@public_page
@require_POST
def remove(request: EnteRequest, handle: str) -> HttpResponse:
    take_out(request, [handle])
    messages.success(request, "L'avviso è stato tolto dal carrello: resta da pagare.")
    return redirect("portal:cart")


@public_page
@never_cache
@require_POST
def pay_cart(request: EnteRequest) -> HttpResponse:
    """One cart at pagoPA for all that can be paid, if its total is still the one that was shown."""
    lines = _payable(basket_lines(request, schema=request.tenant.schema_name, on=today()))
    if not lines:
        return _cart_page(request, trouble=EMPTY, status=409)
    if request.POST.get("totale") != str(_total(lines)):
        return _cart_page(request, trouble=CHANGED, status=409)
    payer = PayerForm(request.POST)
    if not payer.is_valid():
        return _cart_page(request, payer=payer, status=400)
    try:
        count_attempt(kind="checkout", key=client_address(request), limit=PER_ADDRESS)
        address = _checkout_address(request, lines, payer.cleaned_data["email"])
    except TooManyAttempts as refusal:
        return _cart_page(request, trouble=str(refusal), status=429)
    except CheckoutUnavailable as refusal:
        return _cart_page(request, trouble=f"{refusal}.", status=503)
    return HttpResponse(status=303, headers={"Location": address})


@public_page
@never_cache
@require_safe
def back(request: EnteRequest, departure: str, outcome: str) -> HttpResponse:
    """Where pagoPA sends the browser: a courtesy, so each notice says its own state as receipts tell it."""
    if outcome not in OUTCOMES:
        raise Http404
    handles = departed(request, departure)
    lines = lines_of(request, handles, schema=request.tenant.schema_name, on=today())
    if not lines:
        return render(request, "portal/back_elsewhere.html", {"outcome": outcome})
    paid = [line for line in lines if line.state.is_paid]
    if outcome in ("ok", "attesa"):
        take_out(request, handles)
        numbers = [line.instalment.notice_number for line in lines]
        look_for_receipts(request, departure, numbers, at=now())
    take_out(request, [line.handle for line in paid])
    page = {
        "lines": lines,
        "outcome": outcome,
        "total": _total(lines),
        "all_paid": len(paid) == len(lines),
        "waiting": outcome in ("ok", "attesa") and len(paid) < len(lines),
    }
    return render(request, "portal/cart_back.html", page)


def _cart_page(
    request: EnteRequest, *, trouble: str = "", payer: PayerForm | None = None, status: int = 200
) -> HttpResponse:
    lines = basket_lines(request, schema=request.tenant.schema_name, on=today())
    payable = _payable(lines)
    page: dict[str, Any] = {
        "lines": lines,
        "payable": len(payable),
        "total": _total(payable),
        "most": MAX_NOTICES,
        "has_room": len(lines) < MAX_NOTICES,
        "trouble": trouble,
        "payer": payer or PayerForm(initial={"email": _email(payable)}),
    }
    return allow_checkout(render(request, "portal/cart.html", page, status=status))


def _payable(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.state.may_pay]


def _total(lines: list[Line]) -> int:
    return sum(line.cents for line in lines)


def _email(lines: list[Line]) -> str:
    """What was given for one of these notices, if any: it need not be typed again."""
    return next((line.grant.email for line in lines if line.grant.email), "")


def _checkout_address(request: EnteRequest, lines: list[Line], email: str) -> str:
    departure = note_departure(request, lines)

    def address(outcome: str) -> str:
        return request.build_absolute_uri(reverse("portal:cart_back", args=[departure, outcome]))

    return start_checkout(
        notice_numbers=[line.instalment.notice_number for line in lines],
        ente=request.tenant,
        email=email,
        return_urls=ReturnUrls(
            ok=address("ok"),
            cancel=address("annullato"),
            error=address("errore"),
            waiting=address("attesa"),
        ),
        gateway=checkout_gateway(),
        at=now(),
    )
