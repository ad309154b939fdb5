"""«Ho cambiato recapiti»: who has shown to know a notice tells the office her new address, e-mail or telephone.

Nothing changes by itself and nothing that the Ente knows is shown: an official looks at what was told and takes it or not.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.models import Position
from frontline.access import EnteRequest, public_page
from frontline.portal.contact_change_form import ContactChangeForm
from frontline.portal.grants import Grant, GrantRefused, granted
from frontline.portal.lookups import instalment_of_grant
from frontline.portal.notice_page import expired_page
from frontline.portal.rate_limit import PER_NOTICE, TooManyAttempts, count_attempt
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from registry.services.contact_proposals import report_changes


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: EnteRequest, handle: str) -> HttpResponse:
    """The form; what it tells waits for the office."""
    try:
        grant = granted(request, handle, schema=request.tenant.schema_name)
        position = instalment_of_grant(grant).position
    except GrantRefused as refusal:
        return expired_page(request, refusal)
    if position.origin == Position.Origin.FORM:  # anybody may write anybody's codice fiscale there
        return expired_page(request, GrantRefused("Da questo avviso non si segnalano recapiti."))
    form = ContactChangeForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                _report(grant, position, form)
                messages.success(request, "Segnalazione ricevuta: l'ufficio la controlla prima di usarla.")  # fmt: skip
                return redirect("portal:notice", handle=handle)
        except Refused as refusal:
            form.add_error(None, f"{str(refusal).rstrip('.')}.")
            status = 429 if isinstance(refusal, TooManyAttempts) else 422
    page = {"form": form, "handle": handle}
    return render(request, "portal/contact_change.html", page, status=status)


def _report(grant: Grant, position: Position, form: ContactChangeForm) -> None:
    """Raises TooManyAttempts, ProposalRefused."""
    count_attempt(kind="contacts", key=grant.position, limit=PER_NOTICE)
    report_changes(
        subject_id=position.subject_id, address=form.address, contacts=form.contacts,
        note=f"dalla pagina dell'avviso {position.reference}", at=now(),
    )  # fmt: skip
