"""The links in ZERO_CARTA's messages: one confirms an address, the other goes back to paper with one press.

Both ask on GET and do on POST: programs that open links to look at them change nothing. The address is a key: the
site's own referrer policy (same-origin) tells it to nobody, and leaves the form its origin.
"""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dunning.inbound.consents import check_of_token, subject_of_token
from dunning.services.contact_checks import take_confirmation
from frontline.access import EnteRequest, public_page
from paybox.kernel.actor import CITIZEN
from paybox.kernel.clock import now
from registry.models import Consent, ContactCheck, Subject
from registry.rules.consent import CURRENT_TEXT, ConsentRefused
from registry.selectors.subjects import subject_of_uuid
from registry.services.consents import withdraw_consent


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: EnteRequest, token: str) -> HttpResponse:
    """The link of the e-mail."""
    uuid = check_of_token(token, schema=request.tenant.schema_name)
    check = ContactCheck.objects.filter(uuid=uuid).first() if uuid else None
    if check is None:
        raise Http404("Indirizzo non valido")
    page: dict[str, Any] = {"done": False, "trouble": ""}
    if request.method == "POST":
        try:
            take_confirmation(check_id=check.pk, actor=CITIZEN, at=now())
            page["done"] = True
        except ConsentRefused as refusal:
            page["trouble"] = f"{refusal}."
    return render(
        request, "portal/zero_carta_confirm.html", page, status=422 if page["trouble"] else 200
    )


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def back(request: EnteRequest, token: str) -> HttpResponse:
    """The link in our messages: one press and the paper comes back, without saying who she is again."""
    uuid = subject_of_token(token, schema=request.tenant.schema_name)
    person = subject_of_uuid(uuid) if uuid else None
    if person is None:
        raise Http404("Indirizzo non valido")
    done = request.method == "POST"
    if done:
        back_to_paper(person, Consent.Source.MESSAGE)
    return render(request, "portal/zero_carta_back.html", {"done": done})


def back_to_paper(person: Subject, source: str) -> None:
    """Asked twice it is done once."""
    withdraw_consent(
        subject_id=person.pk, source=source, text_version=CURRENT_TEXT, actor=CITIZEN, at=now()
    )
