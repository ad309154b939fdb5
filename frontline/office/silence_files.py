"""Addresses to be left alone, from a file: what it would do, and the order to take it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.models import Suppression
from dunning.rules.channels import label_of
from dunning.rules.silence_files import SILENCES
from dunning.services.silence_imports import (
    SilencePreview,
    keep_silences,
    preview_silences,
    take_silences,
)
from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.list_files import list_response
from frontline.office.pages import crumbs, posted
from frontline.office.uploads import SHEET, file_field, keep_uploaded, problem_rows
from paybox.kernel.clock import now, today
from tenants.roles import Capability

EXAMPLES = (
    ("mario.rossi@example.org", "e-mail", "opposizione", "01/03/2026"),
    ("333 1234567", "SMS", "ufficio", ""),
)
SHOWN = 50


class SilenceFile(forms.Form):
    """One file."""

    file = file_field(
        "Elenco dei recapiti da escludere", missing="Scegliere il file da caricare.", accepts=SHEET,
        help_text="CSV o XLSX, al massimo 5 MB e 20.000 righe.",
    )  # fmt: skip


@staff(Capability.SEND)
def upload(request: StaffRequest) -> HttpResponse:
    """Keep the file and go to its preview: nobody is excluded yet."""
    form = SilenceFile(*posted(request))
    if kept := keep_uploaded(request, form, keep_silences):
        return redirect("office:silence_review", uuid=kept)
    page = {"form": form, "columns": SILENCES.columns, "crumbs": _trail("Carica un elenco")}
    return render(request, "office/silence_file.html", page, status=422 if form.errors else 200)


@staff(Capability.SEND)
def review(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """New addresses, those on the list already, rows that cannot be read; POST takes the new ones."""
    preview = _preview(uuid)
    if request.method == "POST":
        taken = take_silences(uuid=uuid, actor=request.actor, at=now(), today=today())
        messages.success(request, f"Recapiti esclusi: {taken}.")
        return redirect("office:silence_review", uuid=uuid)
    why = Suppression.Reason
    shown = [(row, label_of(row.channel), why(row.reason).label) for row in preview.rows[:SHOWN]]
    page = {
        "preview": preview, "uuid": uuid, "rows": shown, "problems": preview.problems[:SHOWN],
        "crumbs": _trail(preview.filename),
    }  # fmt: skip
    return render(request, "office/silence_review.html", page)


@staff(Capability.SEND)
def refused(request: StaffRequest, uuid: UUID, form: str) -> HttpResponseBase:
    """Every row that is not taken, with the reason."""
    lines = problem_rows(_preview(uuid).problems)
    return list_response(form, "recapiti-scartati", lines, schema=request.tenant.schema_name)


@staff(Capability.SEND)
def example(request: StaffRequest) -> StreamingHttpResponse:
    """To be opened in a spreadsheet and written over."""
    rows = [SILENCES.columns, *EXAMPLES]
    return csv_response("esempio-recapiti.csv", rows, schema=request.tenant.schema_name)


def _preview(uuid: UUID) -> SilencePreview:
    found = preview_silences(uuid=uuid, today=today())
    if found is None:
        raise Http404("File inesistente")
    return found


def _trail(last: str) -> list[tuple[str, str]]:
    here = ("Recapiti esclusi", reverse("office:silenced"))
    return crumbs(("Invii", reverse("office:waves")), here, (last, ""))
