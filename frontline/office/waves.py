"""Sendings: prepared by one person, read with their samples, approved by another, started, stopped, followed."""

from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Load, Service
from dunning.inbound.addresses import portal_url
from dunning.inbound.ways import hours_of
from dunning.models import PolicyStep, Wave
from dunning.rules.steps import StepKind
from dunning.selectors.chosen_texts import wave_texts
from dunning.selectors.effect import step_outcome, wave_outcome
from dunning.selectors.freshness import stale_collections
from dunning.selectors.invitations import estimate_of
from dunning.selectors.paid_after import paid_after
from dunning.selectors.policies import cascade_words, current_policy, policy_steps
from dunning.selectors.send_acts import to_take_back
from dunning.selectors.wave_progress import Progress, progress_of
from dunning.selectors.waves import wave_detail, waves_newest_first
from dunning.services.planning import plan_notices, plan_reminders, plan_step
from dunning.services.waves import NEEDS_TWO_PERSONS
from frontline.access import StaffRequest, staff
from frontline.office.loads import loads_in
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.service_form import ServiceForm, service_field, services_of
from frontline.office.told import tell_refusal
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability

_CHASING = (Wave.Kind.REMINDER, Wave.Kind.ACT)


class ReminderForm(ServiceForm):
    """Whom to remind, and how; who would get it is shown before anything leaves."""

    service = service_field("Scegliere per quale tipo di dovuto sollecitare.")
    channel = forms.ChoiceField(
        label="Canale", choices=[("SMS", "SMS"), ("EMAIL", "E-mail"), ("IO", "App IO"), ("PEC", "PEC")],
        help_text="Chi non ha un recapito per il canale scelto resta elencato a parte.",
    )  # fmt: skip


@staff(Capability.SEE)
def waves(request: StaffRequest) -> HttpResponse:
    listed = page_of(request, waves_in(request).exclude(kind=Wave.Kind.PHONE))  # each of one person
    for one in listed.object_list:
        one.channel_words = cascade_words(one.channels)
    page = {"page": listed, "crumbs": crumbs(("Invii", ""))}
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
        "procedures": _procedures(request),
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
        tell_refusal(request, refusal)
        return redirect("office:load", uuid=uuid)
    return redirect("office:wave", uuid=wave.uuid)


@staff(Capability.SEND)
@require_POST
def plan_of_step(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Simulate a step of the service's procedure, for those whose turn it is."""
    if not services_of(request).filter(pk=pk).exists():
        raise Http404("Tipo di dovuto inesistente")
    try:
        wave = plan_step(service_id=pk, number=number, actor=request.actor, at=now(), today=today())
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:policy", pk=pk)
    return redirect("office:wave", uuid=wave.uuid)


def _procedures(request: StaffRequest) -> list[tuple[Service, list[PolicyStep]]]:
    """The courtesy steps that can be prepared, service by service."""
    found = []
    for service in services_of(request):
        policy = current_policy(service_id=service.pk)
        steps = [s for s in policy_steps(policy) if s.kind == StepKind.COURTESY] if policy else []
        found += [(service, steps)] if steps else []
    return found


@staff(Capability.SEE)
def wave(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown = access_wave(request, uuid)
    progress = None
    if shown.started_at:
        progress = progress_of(shown, hours=hours_of(request.tenant), at=now())
    if request.htmx:
        return _moved(request, shown, progress)
    page = {
        "wave": shown,
        "moving": shown.state == Wave.State.SENDING,
        "progress": progress,
        "detail": wave_detail(wave=shown, ente=request.tenant, link=portal_url(request.tenant)),
        "cascade": cascade_words(shown.channels),
        "texts": wave_texts(shown, on=today()),
        "two_persons": shown.kind in NEEDS_TWO_PERSONS,
        "stale": stale_collections(at=now()) if shown.kind in _CHASING else None,
        "outcome": wave_outcome(wave=shown, at=now()),
        "together": step_outcome(wave=shown, at=now()),
        "asks_money": shown.kind != Wave.Kind.INVITE,
        "estimate": estimate_of(shown, at=now()) if shown.kind == Wave.Kind.INVITE else None,
        "paid_after": paid_after(wave=shown, at=now()),
        "at_send": to_take_back(shown),
        "expired": shown.expires_at is not None and shown.expires_at < now(),
        "is_author": shown.author_id == request.actor.user_id,
        "crumbs": crumbs(("Invii", reverse("office:waves")), (str(shown.get_kind_display()), "")),
    }
    return render(request, "office/wave.html", page)


def _moved(request: StaffRequest, shown: Wave, progress: Progress | None) -> HttpResponse:
    """The moving part, asked for by the page itself; once the wave stands still the whole page is read anew."""
    moving = shown.state == Wave.State.SENDING
    page = {"wave": shown, "moving": moving, "progress": progress}
    answer = render(request, "office/wave.html#progress", page)
    if not moving:
        answer["HX-Refresh"] = "true"
    return answer


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
