"""Signed forms in bulk: the file, what it would do, and the order to take it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.rules.consent_forms import FORMS
from dunning.services.consent_forms import Preview, keep_forms, preview_forms, take_forms
from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.list_files import list_response
from frontline.office.pages import crumbs, posted
from frontline.office.uploads import SHEET, file_field, keep_uploaded, problem_rows
from paybox.kernel.clock import now, today
from tenants.roles import Capability

EXAMPLE = ("RSSMRA80A01H501U", "mario.rossi@example.org", "333 1234567", "01/03/2026", "2026-01")
SHOWN = 50


class FormsFile(forms.Form):
    """One file."""

    file = file_field(
        "File dei moduli raccolti", missing="Scegliere il file da caricare.", accepts=SHEET,
        help_text="CSV o XLSX, al massimo 5 MB e 2.000 righe.",
    )  # fmt: skip


@staff(Capability.LOAD)
def upload(request: StaffRequest) -> HttpResponse:
    """Keep the file and go to its preview: nothing is written yet."""
    form = FormsFile(*posted(request))
    if kept := keep_uploaded(request, form, keep_forms):
        return redirect("office:consent_forms_review", uuid=kept)
    page = {"form": form, "columns": FORMS.columns, "crumbs": _trail("Moduli raccolti")}
    status = 422 if form.errors else 200
    return render(request, "office/zero_carta_forms.html", page, status=status)


@staff(Capability.LOAD)
def review(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """What would be taken and what not, with row and column; POST takes the good rows."""
    preview = _preview(request, uuid)
    if request.method == "POST":
        scope = request.membership.services
        taken = take_forms(uuid=uuid, actor=request.actor, at=now(), today=today(), scope=scope)
        messages.success(request, f"Consensi registrati: {taken}.")
        return redirect("office:consent_forms_review", uuid=uuid)
    page = {
        "preview": preview, "uuid": uuid, "rows": preview.rows[:SHOWN],
        "problems": preview.problems[:SHOWN], "crumbs": _trail(preview.filename),
    }  # fmt: skip
    return render(request, "office/zero_carta_review.html", page)


@staff(Capability.LOAD)
def refused(request: StaffRequest, uuid: UUID, form: str) -> HttpResponseBase:
    """Every refused row, with the reason."""
    lines = problem_rows(_preview(request, uuid).problems)
    return list_response(form, "moduli-scartati", lines, schema=request.tenant.schema_name)


@staff(Capability.LOAD)
def example(request: StaffRequest) -> StreamingHttpResponse:
    """To be opened in a spreadsheet and written over."""
    rows = [FORMS.columns, EXAMPLE]
    return csv_response("esempio-moduli.csv", rows, schema=request.tenant.schema_name)


def _preview(request: StaffRequest, uuid: UUID) -> Preview:
    found = preview_forms(uuid=uuid, today=today(), scope=request.membership.services)
    if found is None:
        raise Http404("File inesistente")
    return found


def _trail(last: str) -> list[tuple[str, str]]:
    here = ("Senza carta", reverse("office:zero_carta"))
    return crumbs(("Invii", reverse("office:waves")), here, (last, ""))
