"""What pagoPA says: publications with its own words, receipts to be looked at, flows and credits to be matched."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from pagopa.labels import CreditLabel, Finding, RowLabel
from pagopa.models import Flow, FlowRow, Publication, Receipt, TreasuryCredit
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


@staff(Capability.SEE)
def publications(request: StaffRequest) -> HttpResponse:
    """Refusals first; every publication by state."""
    found = _of_scope(request, Publication.objects.all(), "position__service__code__in")
    state = request.GET.get("stato", Publication.State.REFUSED)
    listed = found.filter(state=state) if state in Publication.State.values else found
    page = {
        "tallies": _tallies(found, "state", Publication.State.choices),
        "state": state,
        "states": Publication.State.choices,
        "page": page_of(
            request, listed.select_related("position__subject").order_by("-asked_at", "-id")
        ),
        "crumbs": crumbs(("pagoPA", "")),
    }
    return render(request, "office/publications.html", page)


@staff(Capability.SEE)
def receipts(request: StaffRequest) -> HttpResponse:
    """Those that a person should look at; all of them on demand."""
    scope = request.membership.services
    found = Receipt.objects.all()
    if scope:
        found = found.filter(collection__position__service__code__in=scope)
    finding = request.GET.get("esito", "anomalie")
    if finding == "anomalie":
        listed = found.exclude(finding=Finding.EXPECTED)
    else:
        listed = found.filter(finding=finding) if finding in Finding.values else found
    page = {
        "tallies": _tallies(found, "finding", Finding.choices, money=True),
        "finding": finding,
        "findings": [("anomalie", "Solo da verificare"), ("tutte", "Tutte"), *Finding.choices],
        "page": page_of(
            request, listed.select_related("collection__position").order_by("-received_at", "-id")
        ),
        "crumbs": crumbs(("pagoPA", ""), ("Ricevute", "")),
    }
    return render(request, "office/receipts.html", page)


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
        "rows": _tallies(FlowRow.objects.all(), "label", RowLabel.choices, money=True),
        "credits": _tallies(TreasuryCredit.objects.all(), "label", CreditLabel.choices, money=True),
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


def _of_scope(
    request: StaffRequest, found: QuerySet[Publication], path: str
) -> QuerySet[Publication]:
    scope = request.membership.services
    return found.filter(**{path: scope}) if scope else found


def _tallies(
    found: "QuerySet[Any]", column: str, choices: Any, *, money: bool = False
) -> list[dict[str, Any]]:
    """For each choice that occurs: value, label, how many, and the cents when there is money."""
    sums = {"count": Count("pk"), **({"cents": Sum("amount_cents")} if money else {})}
    rows = {row[column]: row for row in found.order_by().values(column).annotate(**sums)}
    return [
        {
            "value": value,
            "label": label,
            "count": rows[value]["count"],
            "cents": rows[value].get("cents"),
        }
        for value, label in choices
        if value in rows
    ]
