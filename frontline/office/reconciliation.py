"""Reconciliation: take a file, see what waits and since when, look into each queue."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.uploads import file_field
from frontline.office.why_money import MEANINGS
from pagopa.labels import EXPLAINED
from pagopa.models import Flow, Repair, RowRepair, TreasuryCredit
from pagopa.selectors.queues import members, queues
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.services.row_labels import rows_of
from paybox.kernel.clock import now, today
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused
from tenants.roles import Capability

_KINDS = [
    ("flow", "Flusso di rendicontazione (XML)"),
    ("treasury", "Accrediti del tesoriere (giornale di cassa OPI, camt.053 o CSV)"),
]


class ReconciliationFileForm(forms.Form):
    """A flow of a PSP or the treasurer's credits."""

    kind = forms.ChoiceField(label="Che cosa contiene", choices=_KINDS)
    file = file_field("File", missing="Scegliere il file da leggere.")


@staff(Capability.ACCOUNT)
def reconciliation(request: StaffRequest) -> HttpResponse:
    """Take a file; show what waits, queue by queue, and what waits for a second person."""
    form = ReconciliationFileForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            told = _take(form.cleaned_data["kind"], form.cleaned_data["file"])
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, told)
            return redirect("office:reconciliation")
    proposed = Repair.objects.filter(state=Repair.State.PROPOSED).select_related("credit")
    page = {
        "form": form,
        "queues": [
            {"queue": q, "meaning": MEANINGS[q.code], "age": q.age(today())}
            for q in queues(on=today())
        ],
        "proposed": proposed.order_by("asked_at"),
        "proposed_rows": _proposed_rows(),
        "explained": TreasuryCredit.objects.filter(label__in=EXPLAINED).order_by(
            "-value_on", "-id"
        )[:10],
        "flows": Flow.objects.select_related("treasury_credit").order_by("-regulation_on", "-id")[
            :10
        ],
        "crumbs": crumbs(("Riconciliazione", "")),
    }
    return render(request, "office/reconciliation.html", page, status=422 if form.errors else 200)


@staff(Capability.ACCOUNT)
def queue(request: StaffRequest, code: str) -> HttpResponse:
    """Who waits in one queue, the oldest first."""
    found = members(code, on=today())
    if found is None:
        raise Http404("Coda inesistente")
    meaning = MEANINGS[code]
    page = {
        "code": code,
        "meaning": meaning,
        "page": page_of(request, found),
        "today": today(),
        "crumbs": crumbs(("Riconciliazione", reverse("office:reconciliation")), (meaning.name, "")),
    }
    return render(request, "office/reconciliation_queue.html", page)


def _proposed_rows() -> list[tuple[RowRepair, int]]:
    """Each with the number that its row has in the flow as it is now; 0 when a revision took it away."""
    waiting = RowRepair.objects.filter(state=RowRepair.State.PROPOSED).select_related("flow")
    found = []
    for said in waiting.order_by("asked_at"):
        rows = rows_of(said)
        found.append((said, rows[0].index if rows else 0))
    return found


def _take(kind: str, file: Any) -> str:
    if kind == "flow":
        flow = take_flow(raw=file.read(), at=now())
        if not flow.new:
            return "Questo flusso era già stato letto: nulla è cambiato."
        return f"Flusso letto: {flow.rows} pagamenti per {format_euro(flow.amount_cents)} €."
    taken = take_treasury(raw=file.read(), filename=file.name or "", at=now())
    told = [f"{taken.new} nuovi per {format_euro(taken.amount_cents)} €"]
    told += [f"{taken.already} già presenti"] if taken.already else []
    told += [f"{taken.changed} aggiornati dal tesoriere"] if taken.changed else []
    told += [f"{taken.orphans} di provvisori mai visti"] if taken.orphans else []
    return f"Accrediti letti: {', '.join(told)}."
