"""A payment that nobody asked for: service, form, summary, notice number on the spot."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from billing.models import Service
from billing.services.form_answers import FormRefused
from billing.services.positions import PositionRefused
from frontline.access import EnteRequest, public_page
from frontline.portal.drafts import draft_of, drop_draft, handle_of, keep_draft, open_once
from frontline.portal.grants import Grant, GrantRefused, grant_notice, granted
from frontline.portal.lookups import spontaneous_service, spontaneous_services
from frontline.portal.rate_limit import PER_ADDRESS, TooManyAttempts, client_address, count_attempt
from frontline.portal.spontaneous_form import SpontaneousForm


@public_page
@require_safe
def catalogue(request: EnteRequest) -> HttpResponse:
    """Step 1: what for."""
    return render(
        request, "portal/spontaneous_services.html", {"services": spontaneous_services(), "step": 1}
    )


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def fill(request: EnteRequest, code: str) -> HttpResponse:
    """Step 2: the service's form and who pays; what was typed before is found again."""
    service = _service(code)
    if request.method != "POST":
        draft = draft_of(request, service)
        form = SpontaneousForm(service, initial=draft.typed if draft else {})
        return render(
            request, "portal/spontaneous_form.html", {"service": service, "form": form, "step": 2}
        )
    form = SpontaneousForm(service, request.POST, request.FILES)
    if not form.is_valid():
        context = {"service": service, "form": form, "step": 2}
        return render(request, "portal/spontaneous_form.html", context, status=422)
    keep_draft(request, form)
    return redirect("portal:spontaneous_summary", code=service.code)


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def summary(request: EnteRequest, code: str) -> HttpResponse:
    """Step 3: what we understood, to be confirmed; then the position is opened, once."""
    service = _service(code)
    if request.method == "POST":
        return _confirm(request, service)
    return _summary(request, service)


def _summary(
    request: EnteRequest, service: Service, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    draft = draft_of(request, service)
    form = SpontaneousForm(service, draft.typed) if draft else None
    if draft is None or form is None or not form.is_valid():
        return redirect("portal:spontaneous_form", code=service.code)
    context = {
        "service": service, "form": form, "step": 3, "trouble": trouble, "reference": draft.reference,
        "answers": form.answers_to_show, "amount_cents": form.total_cents,
        "document": form.document,
    }  # fmt: skip
    return render(request, "portal/spontaneous_summary.html", context, status=status)


def _confirm(request: EnteRequest, service: Service) -> HttpResponse:
    """A second press of the button, or a page from before, ends where the first one did."""
    asked = request.POST.get("riferimento", "")
    draft = draft_of(request, service)
    if draft is None or draft.reference != asked:
        return _opened_before(request, service, asked)
    form = SpontaneousForm(service, draft.typed)
    if not form.is_valid():
        return redirect("portal:spontaneous_form", code=service.code)
    try:
        count_attempt(kind="opening", key=client_address(request), limit=PER_ADDRESS)
        position = open_once(
            form, reference=draft.reference, segregation=request.tenant.segregation
        )
    except TooManyAttempts as refusal:
        return _summary(request, service, trouble=str(refusal), status=429)
    except (FormRefused, PositionRefused) as refusal:
        return _summary(request, service, trouble=str(refusal), status=422)
    drop_draft(request, service)
    email = form.cleaned_data["email"]
    grant = Grant(request.tenant.schema_name, str(position.uuid), 0, email)
    return redirect(
        "portal:notice", handle=grant_notice(request, grant, handle=handle_of(draft.reference))
    )


def _opened_before(request: EnteRequest, service: Service, reference: str) -> HttpResponse:
    handle = handle_of(reference)
    try:
        granted(request, handle, schema=request.tenant.schema_name)
    except GrantRefused:
        return redirect("portal:spontaneous_form", code=service.code)
    return redirect("portal:notice", handle=handle)


def _service(code: str) -> Service:
    service = spontaneous_service(code)
    if service is None:
        raise Http404("Questo servizio non accetta pagamenti spontanei")
    return service
