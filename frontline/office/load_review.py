"""One load: what it would do or has done, what was refused and why, and the orders an official may give."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Bollettazione, Load, LoadRow
from billing.selectors.channels import split_of_load
from billing.selectors.rejects import rejected_rows
from billing.services.bollettazione import BollettazioneRefused, ask_bollettazione
from billing.services.load_jobs import ask_confirmation, ask_undo
from billing.services.loads import LoadRefused, undo_load
from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.loads import loads_in
from frontline.office.pages import crumbs, page_of
from frontline.office.told import tell_refusal
from paybox.kernel.clock import now
from paybox.kernel.models import Job
from tenants.roles import Capability

ROWS_PER_PAGE = 50


@staff(Capability.SEE)
def load(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown = access_load(request, uuid)
    problems = page_of(request, _rows_with_problems(shown), per_page=ROWS_PER_PAGE)
    page = {
        "load": shown,
        "page": problems,
        "positions": shown.staged.filter(state=LoadRow.State.ACCEPTED).count(),
        "examples": _examples(shown),
        "jobs": Job.objects.filter(details__load=str(shown.uuid)).order_by("-created_at")[:5],
        "crumbs": _trail(shown),
        **(_printing(shown) if shown.state == Load.State.CONFIRMED else {}),
    }
    return render(request, "office/load.html", page)


@staff(Capability.LOAD)
def rejects(request: StaffRequest, uuid: UUID) -> StreamingHttpResponse:
    """The refused rows as they were written, with the reason: to be corrected and loaded again."""
    shown = access_load(request, uuid)
    name = f"scarti-{shown.created_at:%Y-%m-%d}-{shown.pk}.csv"
    return csv_response(name, rejected_rows(shown), schema=request.tenant.schema_name)


@staff(Capability.LOAD)
@require_POST
def confirm(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Have the accepted rows opened, and show how far that is."""
    shown = access_load(request, uuid)
    try:
        job = ask_confirmation(load_id=shown.pk, actor=request.actor, at=now())
    except LoadRefused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:load", uuid=uuid)
    return redirect("office:job", uuid=job.uuid)


@staff(Capability.LOAD)
def undo(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ask once more, naming what goes; then have it undone."""
    shown = access_load(request, uuid)
    if request.method != "POST":
        page = {"load": shown, "crumbs": _trail(shown, "Annulla")}
        return render(request, "office/load_undo.html", page)
    try:
        if shown.state == Load.State.STAGED:
            undo_load(load_id=shown.pk, actor=request.actor, at=now())
            messages.success(request, f"Il file «{shown.filename}» è scartato.")
            return redirect("office:loads")
        job = ask_undo(load_id=shown.pk, actor=request.actor, at=now())
    except LoadRefused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:load", uuid=uuid)
    return redirect("office:job", uuid=job.uuid)


@staff(Capability.PUBLISH)
@require_POST
def print_notices(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Have the billing file made."""
    shown = access_load(request, uuid)
    try:
        made = ask_bollettazione(load_id=shown.pk, actor=request.actor, at=now())
    except BollettazioneRefused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:load", uuid=uuid)
    return redirect("office:job", uuid=made.job.uuid)


def access_load(request: StaffRequest, uuid: UUID) -> Load:
    """The load, if it is of this Ente and of a service the reader works on. Raises Http404."""
    found = loads_in(request).select_related("service").filter(uuid=uuid).first()
    if found is None:
        raise Http404("Caricamento inesistente")
    return found


def _rows_with_problems(shown: Load) -> Any:
    return shown.staged.exclude(problems=[]).order_by("first_row", "pk")


def _examples(shown: Load) -> list[dict[str, Any]]:
    """The first accepted credits, as they will be opened."""
    rows = shown.staged.filter(state=LoadRow.State.ACCEPTED).order_by("pk")[:3]
    return [
        {
            "reference": row.reference,
            "name": row.data["s"][2],
            "causale": row.data["c"],
            "cents": row.amount_cents,
            "rates": len(row.data["w"]) - 1,
        }
        for row in rows
    ]


def _printing(shown: Load) -> dict[str, Any]:
    split = split_of_load(shown)
    made = Bollettazione.objects.filter(load=shown).select_related("job").order_by("-pk")
    return {
        "digital": split["DIGITALE"],
        "paper": split["CARTA"],
        "unpaid": split["DIGITALE"] + split["CARTA"],
        "bollettazioni": list(made[:5]),
    }


def _trail(shown: Load, last: str = "") -> list[tuple[str, str]]:
    here = reverse("office:load", args=[shown.uuid]) if last else ""
    steps = [("Caricamenti", reverse("office:loads")), (shown.filename, here)]
    return crumbs(*steps, *([(last, "")] if last else []))
