"""A flow and each row of it: why they are where they are, and the repairs of a row that a person may ask."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Collection
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.repair_words import corrections, reason_in, service_in, tell_proposed
from frontline.office.told import tell_refusal, told
from frontline.office.typed_number import whole_number
from frontline.office.why_flow import FLOW_MEANINGS, why_flow, why_row
from frontline.office.why_money import MEANINGS
from pagopa.labels import PAID_OUTCOMES, RepairKind, RowLabel
from pagopa.models import Flow, FlowRow, Receipt, RowRepair
from pagopa.selectors.explained import receipts_for
from pagopa.selectors.facts import flow_facts, label_of_flow
from pagopa.services.row_labels import written_in
from pagopa.services.row_repairs import confirm_row_repair, propose_row_repair, refuse_row_repair
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.clock import now, today
from tenants.roles import Capability

_TIED = (RowLabel.RT_IUF, RowLabel.AMOUNT_DIFFERS, RowLabel.TWICE, RowLabel.BY_HAND)


@staff(Capability.ACCOUNT)
def flow(request: StaffRequest, pk: int) -> HttpResponse:
    """What it carries, who has paid it, and every row."""
    shown = get_object_or_404(Flow.objects.select_related("treasury_credit"), pk=pk)
    label = label_of_flow(shown, on=today())
    page = {
        "flow": shown,
        "label": label,
        "meaning": FLOW_MEANINGS[label],
        "why": why_flow(shown, flow_facts(shown, on=today()), label),
        "age": (today() - shown.regulation_on).days,
        "parts": shown.parts.filter(repair__state=RowRepair.State.IN_FORCE).select_related(
            "repair__credit"
        ),
        "page": page_of(request, shown.rows.order_by("index")),
        "crumbs": crumbs(
            ("Riconciliazione", reverse("office:reconciliation")),
            (f"Flusso {shown.identifier}", ""),
        ),
    }
    return render(request, "office/reconciliation_flow.html", page)


@staff(Capability.ACCOUNT)
def row(request: StaffRequest, pk: int, index: int) -> HttpResponse:
    shown = _row(pk, index)
    story = list(RowRepair.objects.filter(**written_in(shown)).select_related("receipt", "service"))
    story.sort(key=lambda said: -said.pk)
    in_force = next((r for r in story if r.state == RowRepair.State.IN_FORCE), None)
    proposed = next((r for r in story if r.state == RowRepair.State.PROPOSED), None)
    kinds = _kinds(shown, in_force) if proposed is None else []
    text = request.GET.get("cerca", "").replace("\0", "").strip()[:50]
    receipt = Receipt.objects.filter(pk=shown.receipt_id or 0).first()
    page = {
        "row": shown,
        "receipt": receipt,
        "collection": _collection(shown, receipt),
        "meaning": MEANINGS[shown.label],
        "why": why_row(shown, receipt, in_force),
        "age": (today() - shown.paid_on).days,
        "story": story,
        "proposed": proposed,
        "is_author": proposed is not None and proposed.asked_by_id == request.actor.user_id,
        **corrections([k for k in kinds if k != RepairKind.MATCH], in_force),
        "can_match": RepairKind.MATCH in kinds,
        "candidates": receipts_for(shown, text) if RepairKind.MATCH in kinds else [],
        "text": text,
        "crumbs": crumbs(
            ("Riconciliazione", reverse("office:reconciliation")),
            (f"Flusso {shown.flow.identifier}", reverse("office:flow", args=[pk])),
            (f"Riga {index}", ""),
        ),
    }
    return render(request, "office/reconciliation_row.html", page)


@staff(Capability.ACCOUNT)
@require_POST
def row_repair(request: StaffRequest, pk: int, index: int) -> HttpResponse:
    """Ask for a repair of a row: in force at once, or waiting for a second person."""
    shown, posted = _row(pk, index), request.POST
    try:
        if posted.get("kind") not in RepairKind.values:
            raise RepairRefused("Scegliere che cosa correggere")
        chosen = whole_number(posted.get("part", "")) or 0
        made = propose_row_repair(
            row_id=shown.pk, kind=RepairKind(str(posted["kind"])), reason=reason_in(posted),
            receipt=Receipt.objects.filter(pk=chosen).first(),
            service=service_in(posted), actor=request.actor, at=now(),
        )  # fmt: skip
    except RepairRefused as refusal:
        tell_refusal(request, refusal)
    else:
        tell_proposed(request, made)
    return redirect("office:flow_row", pk=pk, index=index)


@staff(Capability.ACCOUNT)
@require_POST
def confirm(request: StaffRequest, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(RowRepair, uuid=uuid)
    with told(request, "La correzione è confermata ed è in vigore."):
        confirm_row_repair(repair_id=found.pk, actor=request.actor, at=now())
    return _back(found)


@staff(Capability.ACCOUNT)
@require_POST
def refuse(request: StaffRequest, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(RowRepair, uuid=uuid)
    with told(request, "La correzione è respinta: nulla è cambiato."):
        refuse_row_repair(repair_id=found.pk, actor=request.actor, at=now())
    return _back(found)


def _back(said: RowRepair) -> HttpResponse:
    found = FlowRow.objects.filter(**written_in(said)).first()
    if found is None:
        return redirect("office:flow", pk=said.flow_id)
    return redirect("office:flow_row", pk=said.flow_id, index=found.index)


def _row(pk: int, index: int) -> FlowRow:
    found = FlowRow.objects.select_related("flow").filter(flow_id=pk, index=index).first()
    if found is None:
        raise Http404("Riga inesistente")
    return found


def _collection(shown: FlowRow, receipt: Receipt | None) -> Collection | None:
    """What was booked of it: under its receipt, or under its IUR when no receipt came."""
    rows = Collection.objects.select_related("position")
    if receipt is not None:
        return rows.filter(pk=receipt.collection_id).first()
    return rows.filter(channel=Collection.Channel.PAGOPA, reference=shown.iur).first()


def _kinds(shown: FlowRow, in_force: RowRepair | None) -> list[RepairKind]:
    """What may be asked of it as it stands."""
    undo = in_force is not None and in_force.kind != RepairKind.RESTORE
    restore = [RepairKind.RESTORE] if undo else []
    if shown.label in (RowLabel.RT_IUF, RowLabel.BY_HAND):
        return [RepairKind.UNMATCH, *restore]
    match = [RepairKind.MATCH] if shown.outcome in PAID_OUTCOMES else []
    if shown.label in _TIED:
        return [*match, RepairKind.UNMATCH, *restore]
    income = [RepairKind.OTHER_INCOME] if match else []
    return [*match, RepairKind.NOT_OURS, *income, *restore]
