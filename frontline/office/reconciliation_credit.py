"""One credit of the treasurer: why it is where it is, who paid inside it, and the repairs that a person may ask."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs
from frontline.office.why_money import MEANINGS, why_credit
from pagopa.labels import CreditLabel, RepairKind
from pagopa.models import Flow, Receipt, Repair, TreasuryCredit
from pagopa.selectors.coverage import room_of_flow, room_of_receipt
from pagopa.selectors.explained import payers_of, things_to_match
from pagopa.services.repairs import (
    Part,
    confirm_repair,
    propose_repair,
    refuse_repair,
)
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.clock import now, today
from tenants.roles import Capability

_TIED = (CreditLabel.RT_IUF_TES, CreditLabel.RT_TES, CreditLabel.BY_HAND)
_ONE_HAND = (RepairKind.NOT_OURS, RepairKind.OTHER_INCOME)


class ReasonForm(forms.Form):
    """Why; read by who confirms and by who checks."""

    reason = forms.CharField(
        max_length=300, error_messages={"required": "Scrivere il motivo della correzione."}
    )


@staff(Capability.ACCOUNT)
def credit(request: StaffRequest, pk: int) -> HttpResponse:
    shown = _credit(pk)
    story = list(shown.repairs.prefetch_related("parts__flow", "parts__receipt").order_by("-id"))
    in_force = next((r for r in story if r.state == Repair.State.IN_FORCE), None)
    proposed = next((r for r in story if r.state == Repair.State.PROPOSED), None)
    kinds = _kinds(shown, in_force) if proposed is None else []
    text = request.GET.get("cerca", "").replace("\0", "").strip()[:50]
    payers = payers_of(shown)
    page = {
        "credit": shown,
        "meaning": MEANINGS[shown.label],
        "why": why_credit(shown, in_force),
        "age": (today() - shown.value_on).days,
        "payers": payers,
        "payers_cents": sum(p.amount_cents for p in payers),
        "story": story,
        "proposed": proposed,
        "is_author": proposed is not None and proposed.asked_by_id == request.actor.user_id,
        "kinds": [k for k in kinds if k != RepairKind.MATCH],
        "can_match": RepairKind.MATCH in kinds,
        "candidates": things_to_match(shown, text) if RepairKind.MATCH in kinds else [],
        "text": text,
        "crumbs": crumbs(
            ("Riconciliazione", reverse("office:reconciliation")),
            (f"Provvisorio {shown.reference}", ""),
        ),
    }
    return render(request, "office/reconciliation_credit.html", page)


@staff(Capability.ACCOUNT)
@require_POST
def repair(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for a repair: in force at once, or waiting for a second person."""
    shown, form = _credit(pk), ReasonForm(request.POST)
    try:
        if not form.is_valid():
            raise RepairRefused("Scrivere il motivo della correzione.")
        parts = _parts(request.POST, shown)
        made = propose_repair(
            credit_id=shown.pk, kind=_kind(request.POST, parts), parts=parts,
            reason=form.cleaned_data["reason"], actor=request.actor, at=now(),
        )  # fmt: skip
    except RepairRefused as refusal:
        messages.error(request, str(refusal))
    else:
        waits = made.state == Repair.State.PROPOSED
        messages.success(
            request,
            "La correzione è proposta: la confermi una persona diversa, con il suo accesso."
            if waits
            else "La correzione è in vigore.",
        )
    return redirect("office:credit", pk=pk)


@staff(Capability.ACCOUNT)
@require_POST
def confirm(request: StaffRequest, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(Repair, uuid=uuid)
    try:
        confirm_repair(repair_id=found.pk, actor=request.actor, at=now())
    except RepairRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "La correzione è confermata ed è in vigore.")
    return redirect("office:credit", pk=found.credit_id)


@staff(Capability.ACCOUNT)
@require_POST
def refuse(request: StaffRequest, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(Repair, uuid=uuid)
    try:
        refuse_repair(repair_id=found.pk, actor=request.actor, at=now())
    except RepairRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "La correzione è respinta: nulla è cambiato.")
    return redirect("office:credit", pk=found.credit_id)


def _credit(pk: int) -> TreasuryCredit:
    found = TreasuryCredit.objects.select_related("flow", "receipt").filter(pk=pk).first()
    if found is None:
        raise Http404("Accredito inesistente")
    return found


def _kinds(shown: TreasuryCredit, in_force: Repair | None) -> list[RepairKind]:
    """What may be asked of it as it stands."""
    if shown.label == CreditLabel.REVERSED:
        return []
    undo = in_force is not None and in_force.kind != RepairKind.RESTORE
    restore = [RepairKind.RESTORE] if undo else []
    if shown.label in _TIED:
        return [RepairKind.UNMATCH, *restore]
    return [RepairKind.MATCH, *_ONE_HAND, *restore]


def _kind(posted: QueryDict, parts: list[Part]) -> RepairKind:
    """Raises RepairRefused."""
    if posted.get("kind") in (RepairKind.MATCH, RepairKind.SPLIT):
        return RepairKind.SPLIT if len(parts) > 1 else RepairKind.MATCH
    if posted.get("kind") in RepairKind.values:
        return RepairKind(str(posted["kind"]))
    raise RepairRefused("Scegliere che cosa correggere")


def _parts(posted: QueryDict, shown: TreasuryCredit) -> list[Part]:
    """Each thing ticked: one takes the whole credit, several take what of each is still unpaid."""
    keys = [key for key in posted.getlist("part") if key[1:].isdecimal() and len(key) < 20]
    flows = Flow.objects.filter(pk__in=[int(k[1:]) for k in keys if k[0] == "F"])
    receipts = Receipt.objects.filter(pk__in=[int(k[1:]) for k in keys if k[0] == "R"])
    one = len(keys) == 1
    parts = [
        Part(shown.net_cents if one else room_of_flow(f, besides=shown), flow=f) for f in flows
    ]
    return parts + [
        Part(shown.net_cents if one else room_of_receipt(r, besides=shown), receipt=r)
        for r in receipts
    ]
