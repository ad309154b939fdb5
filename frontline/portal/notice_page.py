"""The page of a notice, shown by several doors: after the form, after a spontaneous payment, back from pagoPA."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from billing.documents.codes import qr_png, qr_text
from billing.documents.lettering import png_uri
from billing.models import Instalment, Position
from billing.selectors.amounts import due_of
from frontline.access import EnteRequest
from frontline.portal.grants import GrantRefused
from frontline.portal.lookups import other_ways
from frontline.portal.payability import payability
from paybox.kernel.clock import today


def notice_page(
    request: EnteRequest,
    instalment: Instalment,
    handle: str,
    *,
    trouble: str = "",
    back_from: str = "",
    status: int = 200,
) -> HttpResponse:
    """``trouble`` is said on top; ``back_from`` is ok, annullato or errore when the reader returns from pagoPA."""
    context = _facts(request, instalment) | {
        "handle": handle,
        "trouble": trouble,
        "back_from": back_from,
    }
    context["waiting"] = back_from == "ok" and not context["state"].is_paid
    return allow_checkout(render(request, "portal/notice.html", context, status=status))


def allow_checkout(page: HttpResponse) -> HttpResponse:
    """The payment begins with a form of ours and is redirected to pagoPA: browsers check both against form-action."""
    page._csp_update = {"form-action": [checkout_origin()]}  # type: ignore[attr-defined]  # read by django-csp
    return page


def expired_page(request: EnteRequest, refusal: GrantRefused) -> HttpResponse:
    """The same words whether the right has expired or was never there."""
    return render(request, "portal/expired.html", {"refusal": str(refusal)}, status=404)


def checkout_origin() -> str:
    """Where the pages of pagoPA's checkout are: scheme and host."""
    parts = urlsplit(settings.ENVIRONMENT.checkout_pages or settings.ENVIRONMENT.checkout_url)
    return f"{parts.scheme}://{parts.netloc}"


def _facts(request: EnteRequest, instalment: Instalment) -> dict[str, Any]:
    position = instalment.position
    late = position.service.accepts_late_payment
    state = payability(instalment, accepts_late_payment=late, on=today())
    others = [
        (i, payability(i, accepts_late_payment=late, on=today()), due_of(i, on=today()).total_cents)
        for i in other_ways(instalment)
    ]
    return {
        "instalment": instalment,
        "position": position,
        "service": position.service,
        "state": state,
        "others": others,
        "due": due_of(instalment, on=today()),
        "spontaneous": position.origin == Position.Origin.FORM,
        "qr": _qr(request, instalment) if state.may_pay else "",
    }


def _qr(request: EnteRequest, instalment: Instalment) -> str:
    text = qr_text(
        notice_number=instalment.notice_number,
        creditor_codice_fiscale=request.tenant.codice_fiscale,
        amount_cents=due_of(instalment, on=today()).total_cents,
    )
    return png_uri(qr_png(text))
