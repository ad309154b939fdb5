"""Flows of the PSPs and credits of the treasurer: taken from files, and what of them does not agree."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.tallies import tallies
from pagopa.labels import CreditLabel, RowLabel
from pagopa.models import Flow, FlowRow, TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from paybox.kernel.clock import now
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class ReconciliationFileForm(forms.Form):
    """A flow of a PSP or the treasurer's credits."""

    kind = forms.ChoiceField(
        label="Che cosa contiene",
        choices=[("flow", "Flusso di rendicontazione (XML)"), ("treasury", "Provvisori del tesoriere (CSV o giornale di cassa XML)")],
    )  # fmt: skip
    file = forms.FileField(
        label="File", max_length=200, allow_empty_file=True,
        error_messages={"required": "Scegliere il file da leggere."},
    )  # fmt: skip


@staff(Capability.ACCOUNT)
def reconciliation(request: StaffRequest) -> HttpResponse:
    """Take a file; show what agrees and, by queue, what does not."""
    form = ReconciliationFileForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            told = _take(form.cleaned_data["kind"], form.cleaned_data["file"])
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, told)
            return redirect("office:reconciliation")
    page = {
        "form": form,
        "rows": tallies(FlowRow.objects.all(), "label", RowLabel.choices, money=True),
        "credits": tallies(TreasuryCredit.objects.all(), "label", CreditLabel.choices, money=True),
        "waiting_rows": FlowRow.objects.exclude(label=RowLabel.RT_IUF)
        .select_related("flow")
        .order_by("-id")[:50],
        "waiting_credits": TreasuryCredit.objects.exclude(label=CreditLabel.RT_IUF_TES).order_by(
            "-value_on", "-id"
        )[:50],
        "flows": Flow.objects.order_by("-regulation_on", "-id")[:20],
        "crumbs": crumbs(("Riconciliazione", "")),
    }
    return render(request, "office/reconciliation.html", page, status=422 if form.errors else 200)


def _take(kind: str, file: Any) -> str:
    if kind == "flow":
        flow = take_flow(raw=file.read(), at=now())
        if not flow.new:
            return "Questo flusso era già stato letto: nulla è cambiato."
        return f"Flusso letto: {flow.rows} pagamenti per {format_euro(flow.amount_cents)} €."
    taken = take_treasury(raw=file.read(), filename=file.name or "", at=now())
    known = f", {taken.already} già presenti" if taken.already else ""
    return f"Provvisori letti: {taken.new} nuovi per {format_euro(taken.amount_cents)} €{known}."
