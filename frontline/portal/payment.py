"""Out to pagoPA's checkout and back. Coming back proves nothing: only the receipt says that a notice is paid."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing.models import Instalment
from frontline.access import EnteRequest, public_page
from frontline.portal.grants import Grant, GrantRefused, granted
from frontline.portal.lookups import instalment_of_grant
from frontline.portal.notice_page import expired_page, notice_page
from frontline.portal.payability import payability
from frontline.portal.rate_limit import PER_ADDRESS, TooManyAttempts, client_address, count_attempt
from frontline.portal.returns import look_for_receipts
from pagopa.gateways.checkout import checkout_gateway
from pagopa.services.checkout import CheckoutUnavailable, ReturnUrls, start_checkout
from paybox.kernel.clock import now, today

OUTCOMES = ("ok", "annullato", "errore", "attesa")
NO_LONGER = "L'avviso non si può più pagare: il suo stato è appena cambiato."


@public_page
@never_cache
@require_POST
def pay(request: EnteRequest, handle: str) -> HttpResponse:
    """«Vai al pagamento»: a cart is opened at pagoPA and the browser is sent there."""
    try:
        grant = granted(request, handle, schema=request.tenant.schema_name)
        instalment = instalment_of_grant(grant)
    except GrantRefused as refusal:
        return expired_page(request, refusal)
    late = instalment.position.service.accepts_late_payment
    if not payability(instalment, accepts_late_payment=late, on=today()).may_pay:
        return notice_page(request, instalment, handle, trouble=NO_LONGER, status=409)
    try:
        count_attempt(kind="checkout", key=client_address(request), limit=PER_ADDRESS)
        address = _checkout_address(request, instalment, grant, handle)
    except TooManyAttempts as refusal:
        return notice_page(request, instalment, handle, trouble=str(refusal), status=429)
    except CheckoutUnavailable as refusal:
        return notice_page(request, instalment, handle, trouble=f"{refusal}.", status=503)
    return HttpResponse(status=303, headers={"Location": address})


@public_page
@never_cache
@require_safe
def back(request: EnteRequest, handle: str, outcome: str) -> HttpResponse:
    """Where pagoPA sends the browser. In another browser nothing personal is shown, only what happens next."""
    if outcome not in OUTCOMES:
        raise Http404
    try:
        instalment = instalment_of_grant(
            granted(request, handle, schema=request.tenant.schema_name)
        )
    except GrantRefused:
        return render(request, "portal/back_elsewhere.html", {"outcome": outcome})
    waiting = "ok" if outcome == "attesa" else outcome
    if waiting == "ok":
        look_for_receipts(request, handle, [instalment.notice_number], at=now())
    return notice_page(request, instalment, handle, back_from=waiting)


def _checkout_address(
    request: EnteRequest, instalment: Instalment, grant: Grant, handle: str
) -> str:
    def address(outcome: str) -> str:
        return request.build_absolute_uri(reverse("portal:back", args=[handle, outcome]))

    return start_checkout(
        notice_numbers=[instalment.notice_number],
        ente=request.tenant,
        email=grant.email,
        return_urls=ReturnUrls(
            ok=address("ok"),
            cancel=address("annullato"),
            error=address("errore"),
            waiting=address("attesa"),
        ),
        gateway=checkout_gateway(),
        at=now(),
    )
