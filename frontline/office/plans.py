"""Plans of instalments: worked out and read before they are granted; then their instalments, reminders, and the loss."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Position
from dunning.models import InstalmentPlan
from dunning.selectors.acts import rules_of
from dunning.selectors.plans import (
    may_be_lost,
    most_instalments,
    plan_state,
    rates_of,
    waiting_proposals,
)
from dunning.services.plan_losses import declare_lost
from dunning.services.plan_proposals import propose_plan
from dunning.services.plans import (
    PlanDraft,
    Worked,
    asks_for_two,
    grant_plan,
    remind_instalment,
    work_out,
)
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.positions import access_position
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


def _day(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=help_text)


class PlanForm(forms.Form):
    """A request that the office grants."""

    requested_on = _day("Domanda ricevuta il")
    count = forms.IntegerField(label="Numero di rate", min_value=2, max_value=72)
    first = _day(
        "Prima rata nel mese di", "Ogni rata scade l'ultimo giorno del mese (c. 801 L. 160/2019)."
    )
    act = forms.CharField(label="Provvedimento che la concede", max_length=140)


class ReminderForm(forms.Form):
    """The express reminder of an instalment."""

    number = forms.IntegerField(min_value=1)
    sent_on = _day("Sollecito ricevuto il")
    term_on = _day("Da pagare entro il")
    proof = forms.CharField(label="Prova del ricevimento", max_length=100)


class LossForm(forms.Form):
    """The decision that declares the loss."""

    act = forms.CharField(label="Provvedimento che dichiara la decadenza", max_length=140)
    due_on = _day("Da pagare in unica soluzione entro il")


@staff(Capability.SEE)
def plans(request: StaffRequest) -> HttpResponse:
    listed = page_of(request, _visible(request).order_by("-created_at", "-pk"))
    for one in listed.object_list:
        one.words = plan_state(one)
    page = {
        "page": listed,
        "waiting": waiting_proposals(scope=request.membership.services),
        "crumbs": _trail(),
    }
    return render(request, "office/plans.html", page)


@staff(Capability.LITIGATE)
def grant(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """First the instalments, then the plan: nothing is written until the total that was read is confirmed."""
    position = access_position(request, uuid)
    form = PlanForm(posted(request)[0])
    worked = None
    if request.method == "POST" and form.is_valid():
        draft = PlanDraft(**form.cleaned_data)
        try:
            worked = work_out(position=position, draft=draft, today=today())
            if "conferma" in request.POST:
                return _propose_or_grant(request, position, draft)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _grant_page(request, position, form, worked)


def _propose_or_grant(request: StaffRequest, position: Position, draft: PlanDraft) -> HttpResponse:
    seen = whole_number(request.POST.get("total", ""))
    read = -1 if seen is None else seen
    if not asks_for_two(position, draft):
        return redirect("office:plan", uuid=_grant(request, position, draft, read).uuid)
    proposal = propose_plan(
        position_id=position.pk, draft=draft, seen_cents=read, actor=request.actor, at=now()
    )
    messages.success(request, "La dilazione è proposta: la concede un'altra persona.")
    return redirect("office:plan_proposal", uuid=proposal.uuid)


@staff(Capability.SEE)
def plan(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The instalments as they stand, and what may be done about those missed."""
    return _page(request, _access(request, uuid), ReminderForm(), LossForm())


@staff(Capability.LITIGATE)
@require_POST
def remind(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown, form = _access(request, uuid), ReminderForm(request.POST)
    if form.is_valid():
        try:
            remind_instalment(plan_id=shown.pk, actor=request.actor, at=now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Il sollecito della rata è registrato.")
            return redirect("office:plan", uuid=uuid)
    return _page(request, shown, form, LossForm())


@staff(Capability.APPROVE)
@require_POST
def lose(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown, form = _access(request, uuid), LossForm(request.POST)
    if form.is_valid():
        try:
            declare_lost(
                plan_id=shown.pk, segregation=request.tenant.segregation, actor=request.actor, at=now(),
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La decadenza è dichiarata: il residuo è di nuovo dovuto in unica soluzione.")  # fmt: skip
            return redirect("office:plan", uuid=uuid)
    return _page(request, shown, ReminderForm(), form)


def _grant(
    request: StaffRequest, position: Position, draft: PlanDraft, read: int
) -> InstalmentPlan:
    done = grant_plan(
        position_id=position.pk, draft=draft, segregation=request.tenant.segregation, actor=request.actor, at=now(),
        seen_cents=read,
    )  # fmt: skip
    messages.success(request, "La dilazione è concessa: gli avvisi delle rate sono pronti.")
    return done


def _grant_page(
    request: StaffRequest, position: Position, form: PlanForm, worked: Worked | None
) -> HttpResponse:
    here = reverse("office:position", args=[position.uuid])
    page = {
        "position": position,
        "form": form,
        "worked": worked,
        "two_persons": worked is not None and asks_for_two(position, PlanDraft(**form.cleaned_data)),
        "most": most_instalments(rules_of(position.service), position.residual_cents),
        "crumbs": crumbs(
            ("Posizioni", reverse("office:positions")), (position.reference, here), ("Dilazione", "")
        ),
    }  # fmt: skip
    return render(request, "office/plan_grant.html", page, status=422 if form.errors else 200)


def _page(
    request: StaffRequest, shown: InstalmentPlan, reminder: ReminderForm, loss: LossForm
) -> HttpResponse:
    rates = rates_of(shown, rules_of(shown.position.service), on=today())
    wrong = reminder.errors or loss.errors
    page: dict[str, Any] = {
        "plan": shown,
        "state": plan_state(shown),
        "rates": rates,
        "to_remind": [one for one in rates if one.missed and one.reminder is None],
        "may_be_lost": shown.lost_on is None and may_be_lost(rates, on=today()),
        "reminder": reminder,
        "loss": loss,
        "crumbs": _trail((shown.position.reference, "")),
    }
    return render(request, "office/plan.html", page, status=422 if wrong else 200)


def _visible(request: StaffRequest) -> QuerySet[InstalmentPlan]:
    found = InstalmentPlan.objects.select_related(
        "position__service", "position__subject", "replaced_by"
    )
    scope = request.membership.services
    return found.filter(position__service__code__in=scope) if scope else found


def _access(request: StaffRequest, uuid: UUID) -> InstalmentPlan:
    found = _visible(request).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Piano inesistente")
    return found


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:plans") if steps else ""
    return crumbs(("Riscossione coattiva", reverse("office:handovers")), ("Dilazioni", here), *steps)  # fmt: skip
