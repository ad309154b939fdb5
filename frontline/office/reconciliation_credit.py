"""One credit of the treasurer: why it is where it is, who paid inside it, and the repairs that a person may ask."""

from collections.abc import Iterator
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.pages import crumbs, page_of
from frontline.office.repair_words import (
    corrections,
    debtor_in,
    parts_in,
    reason_in,
    service_in,
    tell_proposed,
)
from frontline.office.told import tell_refusal, told
from frontline.office.why_money import MEANINGS, why_credit
from pagopa.labels import CreditLabel, RepairKind
from pagopa.models import Repair, TreasuryCredit
from pagopa.selectors.explained import Payers, things_to_match
from pagopa.services.repairs import (
    Part,
    confirm_repair,
    propose_repair,
    refuse_repair,
)
from pagopa.services.two_persons import RepairRefused
from paybox.kernel.clock import now, today
from paybox.kernel.money import format_euro
from tenants.roles import Capability

PAYERS_HEADER = (
    "provvisorio", "valuta", "flusso", "iuv", "giorno", "pagato_da", "posizione", "tipo_dovuto",
    "capitolo", "importo",
)  # fmt: skip
_TIED = (CreditLabel.RT_IUF_TES, CreditLabel.RT_TES, CreditLabel.BY_HAND)
_OTHERWISE = (RepairKind.NOT_OURS, RepairKind.OTHER_INCOME, RepairKind.OPEN_CREDIT)


@staff(Capability.ACCOUNT)
def credit(request: StaffRequest, pk: int) -> HttpResponse:
    shown = _credit(pk)
    said = shown.repairs.select_related("booked__position", "service")
    story = list(said.prefetch_related("parts__flow", "parts__receipt").order_by("-id"))
    in_force = next((r for r in story if r.state == Repair.State.IN_FORCE), None)
    proposed = next((r for r in story if r.state == Repair.State.PROPOSED), None)
    kinds = _kinds(shown, in_force) if proposed is None else []
    payers = Payers(shown)
    count, cents = payers.count_and_cents()
    text = request.GET.get("cerca", "").replace("\0", "").strip()[:50]
    page = {
        "credit": shown,
        "meaning": MEANINGS[shown.label],
        "why": why_credit(shown, in_force),
        "age": (today() - shown.value_on).days,
        "page": page_of(request, payers),
        "payers_count": count,
        "payers_cents": cents,
        "story": story,
        "proposed": proposed,
        "is_author": proposed is not None and proposed.asked_by_id == request.actor.user_id,
        **corrections([k for k in kinds if k != RepairKind.MATCH], in_force),
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
def payers_csv(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """Everybody inside a credit, with chapter and position: what the accountant asks."""
    shown = _credit(pk)
    name = f"provvisorio-{shown.reference.replace('/', '-')}.csv"
    return csv_response(name, _payer_rows(shown), schema=request.tenant.schema_name)


def _payer_rows(shown: TreasuryCredit) -> Iterator[list[object]]:
    yield list(PAYERS_HEADER)
    for p in Payers(shown):
        euro = format_euro(p.amount_cents).replace(".", "")
        yield [
            shown.reference, shown.value_on, p.flow, p.iuv, p.paid_on, p.payer, p.position,
            p.service, p.chapter, euro,
        ]  # fmt: skip


@staff(Capability.ACCOUNT)
@require_POST
def repair(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for a repair: in force at once, or waiting for a second person."""
    shown = _credit(pk)
    try:
        parts = parts_in(request.POST, shown)
        made = propose_repair(
            credit_id=shown.pk, kind=_kind(request.POST, parts), parts=parts,
            service=service_in(request.POST), debtor=debtor_in(request.POST), reason=reason_in(request.POST),
            actor=request.actor, at=now(),
        )  # fmt: skip
    except RepairRefused as refusal:
        tell_refusal(request, refusal)
    else:
        tell_proposed(request, made)
    return redirect("office:credit", pk=pk)


@staff(Capability.ACCOUNT)
@require_POST
def confirm(request: StaffRequest, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(Repair, uuid=uuid)
    with told(request, "La correzione è confermata ed è in vigore."):
        confirm_repair(repair_id=found.pk, actor=request.actor, at=now())
    return redirect("office:credit", pk=found.credit_id)


@staff(Capability.ACCOUNT)
@require_POST
def refuse(request: StaffRequest, uuid: UUID) -> HttpResponse:
    found = get_object_or_404(Repair, uuid=uuid)
    with told(request, "La correzione è respinta: nulla è cambiato."):
        refuse_repair(repair_id=found.pk, actor=request.actor, at=now())
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
    return [RepairKind.MATCH, *_OTHERWISE, *restore]


def _kind(posted: QueryDict, parts: list[Part]) -> RepairKind:
    """Raises RepairRefused."""
    if posted.get("kind") in (RepairKind.MATCH, RepairKind.SPLIT):
        return RepairKind.SPLIT if len(parts) > 1 else RepairKind.MATCH
    if posted.get("kind") in RepairKind.values:
        return RepairKind(str(posted["kind"]))
    raise RepairRefused("Scegliere che cosa correggere")
