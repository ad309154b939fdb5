"""The sheet of a call, for who holds the file: what she reads, the call begun, its outcome, papers, a written reminder."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.inbound.addresses import portal_url
from dunning.inbound.phone_rounds import desk_rules
from dunning.models import PhoneFile
from dunning.rules.phone_ends import FileState, Negative
from dunning.rules.phone_outcomes import Called
from dunning.selectors.phone_sheet import call_sheet
from dunning.services.phone_calls import Told, begin_call, tell_outcome
from frontline.access import StaffRequest, staff
from frontline.office.pages import posted
from frontline.office.phone_desk import desk_trail, given_file
from frontline.office.phone_sheet_forms import ContactForm, OutcomeForm, PaperForm
from frontline.office.told import told
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability

NOT_HERS = "La pratica non è aperta da lei: riprenderla dall'elenco."


@staff(Capability.CALL)
def sheet(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Only while she holds the file."""
    file = given_file(request, uuid)
    if not is_hers(file, request, now()):
        messages.error(request, NOT_HERS)
        return redirect("office:phone_list", uuid=file.campaign.uuid)
    return _page(request, file, OutcomeForm(), 200)


@staff(Capability.CALL)
@require_POST
def begin(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Show the number: from here on it is a call."""
    file = given_file(request, uuid)
    rules = desk_rules(file.campaign, request.tenant)
    return sheet_done(request, file, begin_call, "", file_id=file.pk, rules=rules)


@staff(Capability.CALL)
@require_POST
def tell(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """How it ended."""
    file = given_file(request, uuid)
    form, lost = OutcomeForm(posted(request)[0]), NOT_HERS
    if form.is_valid():
        rules = desk_rules(file.campaign, request.tenant)
        told = Told(
            Called(form.cleaned_data["outcome"]), form.cleaned_data["note"], form.promised, form.call_back_at
        )  # fmt: skip
        try:
            tell_outcome(file_id=file.pk, told=told, operator=request.actor, at=now(), rules=rules)
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
            lost = f"{refusal}."
        else:
            messages.success(request, f"{told.outcome.rule.label}. {told.outcome.rule.words}.")
            return sheet_back(request, file)
    if not is_hers(file, request, now()):
        messages.error(request, lost)
        return sheet_back(request, file)
    return _page(request, file, form, 422)


def is_hers(file: PhoneFile, request: StaffRequest, at: datetime) -> bool:
    held = file.leased_until is not None and file.leased_until > at
    mine = file.operator_id == request.actor.user_id
    return held and mine and file.state == FileState.OPEN.value


def _page(request: StaffRequest, file: PhoneFile, form: OutcomeForm, status: int) -> HttpResponse:
    rules = desk_rules(file.campaign, request.tenant)
    link = portal_url(request.tenant)
    page = {
        "sheet": call_sheet(
            file, ente=request.tenant, link=link, at=now(), on=today(), rules=rules
        ),
        "file": file,
        "form": form,
        "paper_form": PaperForm(),
        "contact_form": ContactForm(),
        "negatives": [(one.value, one.label) for one in Negative],
        "days": (today() - file.due_on).days,
        "crumbs": desk_trail(
            (file.campaign.name, reverse("office:phone_list", args=[file.campaign.uuid])),
            (file.subject.name, ""),
        ),
    }
    return render(request, "office/phone_sheet.html", page, status=status)


def sheet_done(
    request: StaffRequest, file: PhoneFile, service: Callable[..., Any], done: str, **given: Any
) -> HttpResponse:
    with told(request, done):
        service(operator=request.actor, at=now(), **given)
    return sheet_back(request, file)


def sheet_back(request: StaffRequest, file: PhoneFile) -> HttpResponse:
    """The sheet while it is still hers, else the list."""
    file.refresh_from_db()
    if is_hers(file, request, now()):
        return redirect("office:phone_sheet", uuid=file.uuid)
    return redirect("office:phone_list", uuid=file.campaign.uuid)
