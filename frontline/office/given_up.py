"""Work that stopped after too many attempts: what it was, why, and «Ritenta»."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from paybox.kernel.given_up import NotGivenUp, given_up, try_again
from paybox.kernel.locking import RowNotFound
from tenants.roles import Capability

WORKS = {
    "billing.make_bollettazione": "Stampa degli avvisi",
    "billing.confirm_load": "Caricamento di un file",
    "billing.undo_load": "Annullamento di un caricamento",
    "dunning.send_wave": "Invio di messaggi",
    "dunning.verify_wave": "Verifica del registro delle prove",
    "pagopa.ask_publication": "Richiesta di pubblicazione su pagoPA",
    "pagopa.publish_batch": "Pubblicazione su pagoPA",
}


@staff(Capability.ADMINISTER)
def failures(request: StaffRequest) -> HttpResponse:
    """The latest first."""
    page = page_of(request, given_up())
    context = {
        "rows": [(entry, WORKS.get(entry.task, entry.task)) for entry in page.object_list],
        "page": page,
        "crumbs": crumbs(("Lavori non riusciti", "")),
    }
    return render(request, "office/failures.html", context)


@staff(Capability.ADMINISTER)
@require_POST
def retry(request: StaffRequest, pk: int) -> HttpResponse:
    """From the beginning of its attempts, not of its work: what was done is not done again."""
    try:
        try_again(entry_id=pk, actor=request.actor)
    except RowNotFound as missing:
        raise Http404("Lavoro inesistente") from missing
    except NotGivenUp as refusal:
        messages.warning(request, f"{refusal}.")
    else:
        messages.success(request, "Il lavoro è di nuovo in coda.")
    return redirect("office:failures")
