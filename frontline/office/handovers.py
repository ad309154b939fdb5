"""Enforced collection: what would go and what not, the files of each hand-over, and what the collector says came of it."""

from itertools import chain
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.storage import default_storage
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Service
from billing.rules.load_file import FileRefused
from dunning.models import HandOver, HandOverOutcome
from dunning.rules.outcomes_file import COLUMNS
from dunning.rules.ruolo_290 import INFERRED
from dunning.selectors.acts import rules_of
from dunning.selectors.handover import REASONS, Candidate, candidates
from dunning.services.handover import hand_over
from dunning.services.handover_outcomes import OutcomesRefused, take_outcomes
from frontline.access import StaffRequest, staff
from frontline.office.list_files import list_response
from frontline.office.morosity import dues_of
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.service_form import services_of
from frontline.office.told import tell_refusal
from frontline.office.uploads import CSV, file_field
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from paybox.kernel.sheets import Euro
from tenants.roles import Capability

SHOWN_PROBLEMS = 50


class OutcomesForm(forms.Form):
    """The collector's file."""

    file = file_field("File degli esiti", missing="Scegliere il file degli esiti.", accepts=CSV)


@staff(Capability.SEE)
def handovers(request: StaffRequest) -> HttpResponse:
    """The hand-overs made, the newest first, and from where a new one starts."""
    page = {
        "page": page_of(request, _visible(request).order_by("-created_at", "-id")),
        "services": services_of(request),
        "dues": dues_of(request),
        "crumbs": crumbs(("Riscossione coattiva", "")),
    }
    return render(request, "office/handovers.html", page)


@staff(Capability.LITIGATE)
def prepare(request: StaffRequest, pk: int) -> HttpResponse:
    """What would go today and what not, and why; nothing is written until it is asked for."""
    service = services_of(request).filter(pk=pk).first()
    if service is None:
        raise Http404("Tipo di dovuto inesistente")
    if request.method == "POST":
        try:
            made = hand_over(service_id=service.pk, actor=request.actor, at=now(), today=today())
        except Refused as refusal:
            tell_refusal(request, refusal)
            return redirect("office:handovers")
        messages.success(request, "La consegna è pronta: i file si scaricano da qui.")
        return redirect("office:handover", uuid=made.uuid)
    page = _preview(service, candidates(service=service, on=today())) | {
        "crumbs": _trail((service.name, ""))
    }
    return render(request, "office/handover_prepare.html", page)


@staff(Capability.SEE)
def handover(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One hand-over: its files, the credits that went, those left out with the reason, the outcomes."""
    shown = _access(request, uuid)
    return _page(request, shown, OutcomesForm())


@staff(Capability.LITIGATE)
def outcomes(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Take the collector's file, whole or not at all."""
    shown = _access(request, uuid)
    form = OutcomesForm(*posted(request))
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            raw = form.cleaned_data["file"].read()
            taken = take_outcomes(handover_id=shown.pk, raw=raw, actor=request.actor, at=now())
        except OutcomesRefused as refusal:
            form.add_error("file", str(refusal))
            problems = [str(problem) for problem in refusal.problems]
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, f"Esiti nuovi: {taken.new}. Già noti: {taken.known}.")
            return redirect("office:handover", uuid=uuid)
    return _page(request, shown, form, problems)


@staff(Capability.LITIGATE)
def file(request: StaffRequest, uuid: UUID, kind: str) -> FileResponse:
    """One of the files, as it was written then."""
    shown = _access(request, uuid)
    path = next((one["path"] for one in _files(shown) if one["kind"] == kind), "")
    if not path or not default_storage.exists(path):
        raise Http404("Nessun file")
    name = f"consegna-{shown.service.code}-{shown.created_at:%Y-%m-%d}.{kind}"
    answer = FileResponse(default_storage.open(path), as_attachment=True, filename=name)
    answer["Cache-Control"] = "private, no-store"
    return answer


@staff(Capability.LITIGATE)
def proof(request: StaffRequest, uuid: UUID, form: str) -> HttpResponseBase:
    """The completeness proof: every credit that was unpaid, in or out with its reason."""
    shown = _access(request, uuid)
    items = shown.items.order_by("pk").values_list(
        "position__reference", "position__subject__name", "amount_cents", "included", "reason"
    )
    rows = (
        (ref, name, Euro(cents), went, REASONS.get(reason, reason))
        for ref, name, cents, went, reason in items.iterator()
    )
    header = ("riferimento", "denominazione", "residuo", "consegnata", "motivo")
    filename = f"prova-{shown.service.code}-{shown.created_at:%Y-%m-%d}"
    return list_response(form, filename, chain([header], rows), schema=request.tenant.schema_name)


def _visible(request: StaffRequest) -> QuerySet[HandOver]:
    found = HandOver.objects.select_related("service")
    scope = request.membership.services
    return found.filter(service__code__in=scope) if scope else found


def _access(request: StaffRequest, uuid: UUID) -> HandOver:
    found = _visible(request).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Consegna inesistente")
    return found


def _files(shown: HandOver) -> list[dict[str, str]]:
    first = {"kind": "csv", "path": shown.file, "sha256": shown.sha256}
    return [first, *shown.others]


def _page(
    request: StaffRequest, shown: HandOver, form: OutcomesForm, problems: list[str] | None = None
) -> HttpResponse:
    out = shown.items.filter(included=False).values_list("reason").annotate(n=Count("pk"))
    went = shown.items.filter(included=True).select_related("position__subject").order_by("pk")
    page = {
        "handover": shown,
        "files": (files := _files(shown)),
        "inferred": INFERRED if any(one["kind"] == "290.txt" for one in files) else (),
        "left_out": [(REASONS.get(reason, reason), count) for reason, count in out.order_by("-n")],
        "page": page_of(request, went.prefetch_related("outcomes")),
        "form": form,
        "problems": (problems or [])[:SHOWN_PROBLEMS],
        "columns": COLUMNS,
        "codes": HandOverOutcome.Code.choices,
        "crumbs": _trail((f"{shown.service.name}, {shown.created_at:%d/%m/%Y}", "")),
    }
    return render(request, "office/handover.html", page, status=422 if form.errors else 200)


def _preview(service: Service, found: list[Candidate]) -> dict[str, Any]:
    going = [c for c in found if not c.reason]
    tally: dict[str, list[int]] = {}
    for c in found:
        if c.reason:
            tally.setdefault(c.reason, []).append(c.position.residual_cents)
    return {
        "service": service,
        "rules": rules_of(service),
        "going": len(going),
        "going_cents": sum(c.position.residual_cents for c in going),
        "sample": sorted(going, key=lambda c: -c.position.residual_cents)[:10],
        "left_out": [(REASONS[why], len(cents), sum(cents)) for why, cents in tally.items()],
    }


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs(("Riscossione coattiva", reverse("office:handovers")), *steps)
