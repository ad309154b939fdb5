"""Sendings: prepared by one person, read with their samples, approved by another, started, stopped, followed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Load, Service
from dunning.inbound.addresses import portal_url
from dunning.models import Wave, WaveItem
from dunning.selectors.waves import items_of, reason_sentence, wave_detail, waves_newest_first
from dunning.services.planning import plan_notices, plan_reminders
from frontline.access import StaffRequest, staff
from frontline.office.loads import loads_in, services_of
from frontline.office.pages import crumbs, page_of, posted
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class ReminderForm(forms.Form):
    """Whom to remind, and how; who would get it is shown before anything leaves."""

    service = forms.ModelChoiceField(
        label="Tipo di dovuto", queryset=Service.objects.none(), empty_label="Scegliere",
        error_messages={"required": "Scegliere per quale tipo di dovuto sollecitare."},
    )  # fmt: skip
    channel = forms.ChoiceField(
        label="Canale", choices=[("SMS", "SMS"), ("EMAIL", "E-mail"), ("PEC", "PEC")],
        help_text="Chi non ha un recapito per il canale scelto resta elencato a parte.",
    )  # fmt: skip

    def __init__(self, *args: Any, services: QuerySet[Service]) -> None:
        super().__init__(*args)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = services


@staff(Capability.SEE)
def waves(request: StaffRequest) -> HttpResponse:
    page = {"page": page_of(request, waves_in(request)), "crumbs": crumbs(("Invii", ""))}
    return render(request, "office/waves.html", page)


@staff(Capability.SEND)
def plan(request: StaffRequest) -> HttpResponse:
    """Simulate a reminder: nothing leaves."""
    form = ReminderForm(posted(request)[0], services=services_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            wave = plan_reminders(
                service_id=form.cleaned_data["service"].pk, channel=form.cleaned_data["channel"],
                actor=request.actor, at=now(), today=today(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("office:wave", uuid=wave.uuid)
    loads = loads_in(request).filter(state=Load.State.CONFIRMED).select_related("service")
    page = {
        "form": form,
        "loads": loads.order_by("-created_at")[:10],
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("Nuovo invio", "")),
    }
    return render(request, "office/wave_plan.html", page, status=422 if form.errors else 200)


@staff(Capability.SEND)
@require_POST
def plan_of_load(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Simulate the first notice of a load, by e-mail."""
    load = loads_in(request).filter(uuid=uuid).first()
    if load is None:
        raise Http404("Caricamento inesistente")
    try:
        wave = plan_notices(load_id=load.pk, actor=request.actor, at=now(), today=today())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("office:load", uuid=uuid)
    return redirect("office:wave", uuid=wave.uuid)


@staff(Capability.SEE)
def wave(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown = access_wave(request, uuid)
    page = {
        "wave": shown,
        "detail": wave_detail(wave=shown, ente=request.tenant, link=portal_url(request.tenant)),
        "is_author": shown.author_id == request.actor.user_id,
        "crumbs": crumbs(("Invii", reverse("office:waves")), (str(shown.get_kind_display()), "")),
    }
    return render(request, "office/wave.html", page)


@staff(Capability.SEE)
def items(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Who is in the wave, one by one, with how it went and why."""
    shown = access_wave(request, uuid)
    state = request.GET.get("stato", "")
    found = items_of(shown, states=[state] if state in WaveItem.State.values else [])
    listed = page_of(request, found)
    for item in listed.object_list:
        item.sentence = reason_sentence(item.reason) if item.reason else ""
    here = reverse("office:wave", args=[uuid])
    page = {
        "wave": shown,
        "page": listed,
        "state": state,
        "states": WaveItem.State.choices,
        "crumbs": crumbs(
            ("Invii", reverse("office:waves")),
            (str(shown.get_kind_display()), here),
            ("Destinatari", ""),
        ),
    }
    return render(request, "office/wave_items.html", page)


def waves_in(request: StaffRequest) -> QuerySet[Wave]:
    """The waves of the services the reader works on."""
    scope = request.membership.services
    found = waves_newest_first()
    return found.filter(service__code__in=scope) if scope else found


def access_wave(request: StaffRequest, uuid: UUID) -> Wave:
    """The wave, if it is of this Ente and of a service the reader works on. Raises Http404."""
    found = waves_in(request).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Invio inesistente")
    return found
