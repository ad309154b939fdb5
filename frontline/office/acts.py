"""Acts for many credits: worked out for whose turn it is, approved by a second person, made one by one, then served."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import ActBatch, ActItem
from dunning.rules.channels import label_of
from dunning.selectors.act_batches import items_in, sums_of, why_out
from dunning.selectors.policies import cascade_words, step_words
from dunning.selectors.waves import reason_sentence
from dunning.services.act_batches import approve_acts, cancel_acts, plan_acts, steps_with_acts
from dunning.services.act_sending import plan_act_wave
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.service_form import services_of
from frontline.office.told import tell_refusal, told
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class ActsForm(forms.Form):
    """Which step, by when the new credits are to be paid, and why."""

    step = forms.ChoiceField(label="Passo della procedura")
    due_on = forms.DateField(
        label="Nuova scadenza", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Il giorno entro cui pagare, lo stesso per tutti: va lasciato il tempo della notifica.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Motivo", max_length=140, help_text="Resta scritto su ogni credito sostituito."
    )

    def __init__(self, data: Any, *, steps: list[tuple[str, str]]) -> None:
        super().__init__(data)
        field = self.fields["step"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = steps


@staff(Capability.SEE)
def acts(request: StaffRequest) -> HttpResponse:
    found = _visible(request).order_by("-created_at", "-pk")
    page = {"page": page_of(request, found), "crumbs": _trail()}
    return render(request, "office/acts.html", page)


@staff(Capability.LITIGATE)
def plan(request: StaffRequest) -> HttpResponse:
    """Work out a batch: nothing is charged."""
    steps = _steps(request)
    form = ActsForm(posted(request)[0], steps=steps)
    if request.method == "POST" and form.is_valid():
        service, number = form.cleaned_data["step"].split("/")
        try:
            made = plan_acts(
                service_id=int(service), number=int(number), due_on=form.cleaned_data["due_on"],
                reason=form.cleaned_data["reason"], actor=request.actor, at=now(), today=today(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("office:act_batch", uuid=made.uuid)
    page = {"form": form, "steps": steps, "crumbs": _trail(("Nuovo lotto", ""))}
    return render(request, "office/acts_plan.html", page, status=422 if form.errors else 200)


@staff(Capability.SEE)
def batch(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The figures, who stays out and why, the credits; while it is being made, how far it is."""
    shown = _access(request, uuid)
    state = request.GET.get("stato", "")
    listed = page_of(
        request, items_in(shown, states=[state] if state in ActItem.State.values else [])
    )
    for one in listed.object_list:
        one.channel_words = label_of(one.channel)
        one.sentence = reason_sentence(one.reason) if one.reason else ""
    page = {
        "batch": shown,
        "step": step_words(shown.step),
        "cascade": cascade_words(shown.step.channels),
        "sums": sums_of(shown),
        "out": why_out(shown),
        "page": listed,
        "state": state,
        "states": ActItem.State.choices,
        "expired": shown.expires_at < now(),
        "is_author": shown.author_id == request.actor.user_id,
        "crumbs": _trail((f"{shown.service.name}, {shown.created_at:%d/%m/%Y}", "")),
    }
    return render(request, "office/act_batch.html", page)


@staff(Capability.APPROVE)
@require_POST
def approve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    seen = request.POST.get("impronta", "")
    return _order(request, uuid, approve_acts, "Gli atti sono approvati: si stanno facendo.", seen=seen)  # fmt: skip


@staff(Capability.LITIGATE)
@require_POST
def cancel(request: StaffRequest, uuid: UUID) -> HttpResponse:
    return _order(request, uuid, cancel_acts, "Il lotto è annullato: nessun credito è cambiato.")


@staff(Capability.SEND)
@require_POST
def serve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Simulate the sending of what was made."""
    shown = _access(request, uuid)
    try:
        wave = plan_act_wave(batch_id=shown.pk, actor=request.actor, at=now(), today=today())
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:act_batch", uuid=uuid)
    return redirect("office:wave", uuid=wave.uuid)


def _order(
    request: StaffRequest, uuid: UUID, service: Callable[..., ActBatch], done: str, **more: str
) -> HttpResponse:
    shown = _access(request, uuid)
    with told(request, done):
        service(batch_id=shown.pk, actor=request.actor, at=now(), **more)
    return redirect("office:act_batch", uuid=uuid)


def _steps(request: StaffRequest) -> list[tuple[str, str]]:
    """Each step that is made as acts, service by service."""
    return [
        (f"{service.pk}/{step.number}", f"{service.name}, passo {step.number}: {step.get_kind_display().lower()}")
        for service in services_of(request)
        for step in steps_with_acts(service)
    ]  # fmt: skip


def _visible(request: StaffRequest) -> QuerySet[ActBatch]:
    found = ActBatch.objects.select_related("service", "step", "job", "wave")
    scope = request.membership.services
    return found.filter(service__code__in=scope) if scope else found


def _access(request: StaffRequest, uuid: UUID) -> ActBatch:
    found = _visible(request).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Lotto inesistente")
    return found


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:acts") if steps else ""
    return crumbs(("Riscossione coattiva", reverse("office:handovers")), ("Atti", here), *steps)
