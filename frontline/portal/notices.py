"""One notice for whoever shows to know it: found by number and codice fiscale, seen, printed, its receipt taken."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from billing.documents.data import DocumentRefused
from billing.models import Instalment
from frontline.access import EnteRequest, public_page
from frontline.portal.documents import notice_pdf, receipt_download
from frontline.portal.forms import NoticeForm
from frontline.portal.grants import Grant, GrantRefused, grant_notice, granted
from frontline.portal.lookups import instalment_of_grant, instalment_of_notice, payment_of
from frontline.portal.notice_page import expired_page, notice_page
from frontline.portal.rate_limit import (
    DOCUMENTS_PER_ADDRESS,
    PER_ADDRESS,
    PER_NOTICE,
    TooManyAttempts,
    client_address,
    count_attempt,
)

NOT_FOUND = (
    "Nessun avviso corrisponde a questo codice avviso e a questo codice fiscale insieme. "
    "Controllare tutti e due: il codice fiscale è quello dell'intestatario stampato sull'avviso."
)


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find_to_pay(request: EnteRequest) -> HttpResponse:
    """«Paga un avviso»."""
    return _find(request, "portal/find_to_pay.html")


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find_receipt(request: EnteRequest) -> HttpResponse:
    """«Scarica la ricevuta»: the same question, then the same page, where the receipt is."""
    return _find(request, "portal/find_receipt.html")


@public_page
@never_cache
@require_safe
def notice(request: EnteRequest, handle: str) -> HttpResponse:
    """What is owed, until when, in which state, and what can be done."""
    try:
        instalment = _instalment(request, handle)
    except GrantRefused as refusal:
        return expired_page(request, refusal)
    return notice_page(request, instalment, handle)


@public_page
@never_cache
@require_safe
def notice_document(request: EnteRequest, handle: str) -> HttpResponse:
    """The avviso as PDF."""
    try:
        instalment = _instalment(request, handle)
        _count_document(request)
        return notice_pdf(instalment, request.tenant)
    except GrantRefused as refusal:
        return expired_page(request, refusal)
    except (TooManyAttempts, DocumentRefused) as refusal:
        return notice_page(
            request, instalment, handle, trouble=str(refusal), status=_status(refusal)
        )


@public_page
@never_cache
@require_safe
def receipt_document(request: EnteRequest, handle: str) -> HttpResponse:
    """The quietanza as PDF, once the payment is here."""
    try:
        instalment = _instalment(request, handle)
        _count_document(request)
        payment = payment_of(instalment)
        if payment is None:
            raise DocumentRefused(
                "La ricevuta non c'è ancora: il pagamento non risulta confermato."
            )
        return receipt_download(payment, instalment, request.tenant)
    except GrantRefused as refusal:
        return expired_page(request, refusal)
    except (TooManyAttempts, DocumentRefused) as refusal:
        return notice_page(
            request, instalment, handle, trouble=str(refusal), status=_status(refusal)
        )


def _find(request: EnteRequest, template: str) -> HttpResponse:
    if request.method != "POST":
        return render(request, template, {"form": NoticeForm()})
    form = NoticeForm(request.POST)
    try:
        count_attempt(kind="address", key=client_address(request), limit=PER_ADDRESS)
        found = _matching(form) if form.is_valid() else None
    except TooManyAttempts as refusal:
        return render(request, template, {"form": form, "trouble": str(refusal)}, status=429)
    if found is None:
        return render(request, template, {"form": form}, status=422)
    grant = Grant(request.tenant.schema_name, str(found.position.uuid), found.number)
    return redirect("portal:notice", handle=grant_notice(request, grant))


def _matching(form: NoticeForm) -> Instalment | None:
    """Counted by notice too: nobody tries codici fiscali one after the other. Raises TooManyAttempts."""
    asked = form.cleaned_data
    count_attempt(kind="notice", key=asked["notice_number"], limit=PER_NOTICE)
    found = instalment_of_notice(**asked)
    if found is None:
        form.add_error(None, NOT_FOUND)
    return found


def _instalment(request: EnteRequest, handle: str) -> Instalment:
    return instalment_of_grant(granted(request, handle, schema=request.tenant.schema_name))


def _count_document(request: EnteRequest) -> None:
    count_attempt(kind="document", key=client_address(request), limit=DOCUMENTS_PER_ADDRESS)


def _status(refusal: Exception) -> int:
    return 429 if isinstance(refusal, TooManyAttempts) else 404
