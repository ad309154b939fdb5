"""Telephone campaigns, for the office: chosen, read with who is out and why, approved by another, given, handed back."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.models import PhoneCampaign
from dunning.rules.phone_ends import FileState
from dunning.rules.phone_outcomes import Called
from dunning.selectors.phone_report import end_words, phone_figures
from dunning.selectors.phone_sheet import left_out_words
from dunning.services.phone_campaigns import CampaignData, simulate_phone_campaign
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.phone_form import PhoneCampaignForm
from frontline.office.service_form import services_of
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability
from tenants.selectors.enti import staff_who_may


@staff(Capability.SEND)
def campaigns(request: StaffRequest) -> HttpResponse:
    found = visible_campaigns(request).order_by("-created_at", "-pk")
    page = {"page": page_of(request, found), "crumbs": crumbs(("Telefono", ""))}
    return render(request, "office/phone.html", page)


@staff(Capability.SEND)
def plan(request: StaffRequest) -> HttpResponse:
    """Simulate a campaign: nobody is called."""
    form = PhoneCampaignForm(posted(request)[0], services=services_of(request))
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = dict(form.cleaned_data)
        service = given.pop("service")
        data = CampaignData(service_id=service.pk, **given)
        try:
            made = simulate_phone_campaign(data=data, actor=request.actor, at=now(), today=today())
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            return redirect("office:phone_campaign", uuid=made.uuid)
    page = {"form": form, "crumbs": trail(("Nuova campagna", ""))}
    return render(request, "office/phone_plan.html", page, status=422 if form.errors else 200)


@staff(Capability.SEND)
def campaign(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One campaign: what was agreed, who is in and who is out, how it goes, how it ended."""
    shown = access_campaign(request, uuid)
    out = shown.files.filter(state=FileState.EXCLUDED.value).values_list("reason")
    inside = shown.files.exclude(state=FileState.EXCLUDED.value).select_related("subject")
    report = shown.report
    page = {
        "campaign": shown,
        "figures": phone_figures(shown),
        "left_out": [(left_out_words(r), n) for r, n in out.annotate(n=Count("pk")).order_by("-n")],
        "ends": [(FileState(s).label, n) for s, n in report.get("ends", {}).items()],
        "negatives": [(end_words("CHIUSA_NEGATIVA", r)[1], n) for r, n in report.get("negatives", {}).items()],
        "outcomes": [(Called(c).rule.label, n) for c, n in report.get("outcomes", {}).items()],
        "page": page_of(request, inside.order_by("-expected_cents", "pk")),
        "operators": shown.operators.filter(taken_back_at__isnull=True).order_by("name"),
        "people": staff_who_may(request.tenant, Capability.CALL, on=today()),
        "is_author": shown.author_id == request.actor.user_id,
        "crumbs": trail((shown.name, "")),
    }  # fmt: skip
    return render(request, "office/phone_campaign.html", page)


def visible_campaigns(request: StaffRequest) -> QuerySet[PhoneCampaign]:
    """Of the services the reader works on."""
    found = PhoneCampaign.objects.select_related("service", "script")
    scope = request.membership.services
    return found.filter(service__code__in=scope) if scope else found


def access_campaign(request: StaffRequest, uuid: UUID) -> PhoneCampaign:
    """Raises Http404."""
    found = visible_campaigns(request).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Campagna inesistente")
    return found


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs(("Telefono", reverse("office:phone")), *steps)
