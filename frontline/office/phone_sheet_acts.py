"""What else is done from the sheet: a paper kept, a reminder written, an address noted, the file given back or left."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from dunning.rules.phone_ends import Negative
from dunning.services.phone_list import leave_phone_file
from dunning.services.phone_messages import write_after_call
from dunning.services.phone_notes import keep_contact
from dunning.services.phone_office import give_file_up, take_document
from frontline.access import StaffRequest, staff
from frontline.office.pages import posted
from frontline.office.phone_desk import given_file
from frontline.office.phone_sheet import sheet_back, sheet_done
from frontline.office.phone_sheet_forms import ContactForm, PaperForm
from paybox.kernel.clock import today
from tenants.roles import Capability


@staff(Capability.CALL)
@require_POST
def paper(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """A document she gave."""
    file, form = given_file(request, uuid), PaperForm(*posted(request))
    if not form.is_valid():
        messages.error(request, "Scegliere il file: PDF, JPEG o PNG, al massimo 10 MB.")
        return sheet_back(request, file)
    given = form.cleaned_data["file"]
    return sheet_done(
        request, file, take_document, "Il documento è passato all'ufficio: intanto non si sollecita.",
        file_id=file.pk, content=given.read(), name=given.name, note=form.cleaned_data["note"],
    )  # fmt: skip


@staff(Capability.CALL)
@require_POST
def message(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """A reminder in writing, as she asked."""
    file, channel = given_file(request, uuid), request.POST.get("canale", "")
    return sheet_done(
        request, file, write_after_call, "Il messaggio parte subito.", file_id=file.pk, channel=channel, today=today()
    )  # fmt: skip


@staff(Capability.CALL)
@require_POST
def contact(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """An address or a number that she gave."""
    file, form = given_file(request, uuid), ContactForm(posted(request)[0])
    if not form.is_valid():
        messages.error(request, "Scrivere il recapito.")
        return sheet_back(request, file)
    return sheet_done(
        request, file, keep_contact, "Il recapito è registrato.", file_id=file.pk, kind=form.cleaned_data["kind"],
        value=form.cleaned_data["value"],
    )  # fmt: skip


@staff(Capability.CALL)
@require_POST
def give_up(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Back to the body as negative, with why."""
    file, asked = given_file(request, uuid), request.POST.get("motivo", "")
    if asked not in set(Negative):
        messages.error(request, "Scegliere il motivo.")
        return sheet_back(request, file)
    done = "La pratica è restituita come negativa."
    return sheet_done(request, file, give_file_up, done, file_id=file.pk, reason=Negative(asked))


@staff(Capability.CALL)
@require_POST
def leave(request: StaffRequest, uuid: UUID) -> HttpResponse:
    file = given_file(request, uuid)
    return sheet_done(
        request, file, leave_phone_file, "La pratica è di nuovo nell'elenco.", file_id=file.pk
    )
