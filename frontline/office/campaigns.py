"""Campaigns for past years: which old credits, what time leaves of them, the letters simulated, and what came of them by year."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import LetterCampaign
from dunning.selectors.campaign_report import campaign_report
from dunning.selectors.campaigns import choice_by_year
from dunning.selectors.policies import cascade_words
from dunning.services.campaigns import CASCADES, CampaignDraft, plan_campaign, write_campaign
from frontline.access import StaffRequest, staff
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.service_form import ServiceForm, service_field, services_of
from frontline.office.told import tell_refusal
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability

_CHANNELS = [("/".join(one), cascade_words(one)) for one in CASCADES]
FIRST_YEAR = 1990


class CampaignForm(ServiceForm):
    """The choice; what it gives is shown before anything is simulated."""

    service = service_field("Scegliere di quale tipo di dovuto si chiedono gli arretrati.")
    name = forms.CharField(label="Nome della campagna", max_length=80)
    year_from = forms.IntegerField(label="Dall'anno", min_value=FIRST_YEAR, max_value=2100)
    year_to = forms.IntegerField(label="All'anno", min_value=FIRST_YEAR, max_value=2100)
    minimum_cents = EuroField(
        label="Importo minimo per persona", required=False,
        help_text="Sotto questa somma, di tutti gli anni insieme, non si scrive.",
    )  # fmt: skip
    quiet_since = forms.DateField(
        label="Solo se non si è scritto nulla dal", required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Vuoto: anche a chi ha già ricevuto un sollecito.",
    )  # fmt: skip
    unserved_only = forms.BooleanField(
        label="Solo i crediti per cui non è mai stato notificato un atto", required=False
    )
    channels = forms.ChoiceField(
        label="Come si scrive", choices=_CHANNELS,
        help_text="Le lettere si stampano poi in busta, come raccomandate, o come file per fax o invio massivo.",
    )  # fmt: skip

    def draft(self) -> CampaignDraft:
        given = dict(self.cleaned_data)
        given.pop("service")
        given["channels"] = tuple(given["channels"].split("/"))
        return CampaignDraft(**(given | {"minimum_cents": given["minimum_cents"] or 0}))


@staff(Capability.SEE)
def campaigns(request: StaffRequest) -> HttpResponse:
    found = _visible(request).order_by("-created_at", "-pk")
    page = {"page": page_of(request, found), "crumbs": _trail()}
    return render(request, "office/campaigns.html", page)


@staff(Capability.SEND)
def new(request: StaffRequest) -> HttpResponse:
    """Write the choice; nothing is sent or simulated."""
    form = CampaignForm(posted(request)[0], services=services_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = write_campaign(
                service_id=form.cleaned_data["service"].pk, draft=form.draft(), actor=request.actor, at=now()
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("office:campaign", uuid=made.uuid)
    page = {"form": form, "crumbs": _trail(("Nuova campagna", ""))}
    return render(request, "office/campaign_new.html", page, status=422 if form.errors else 200)


@staff(Capability.SEE)
def campaign(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The choice year by year, its simulations, the report."""
    shown = _access(request, uuid)
    choice = choice_by_year(shown, on=today())
    page: dict[str, Any] = {
        "campaign": shown,
        "cascade": cascade_words(shown.channels),
        "choice": choice,
        "chosen": sum(one.chosen for one in choice),
        "chosen_cents": sum(one.chosen_cents for one in choice),
        "lapsed": sum(one.lapsed for one in choice),
        "near": sum(one.near for one in choice),
        "waves": shown.waves.select_related("service").order_by("-created_at", "-pk")[:20],
        "report": campaign_report(shown),
        "crumbs": _trail((shown.name, "")),
    }
    return render(request, "office/campaign.html", page)


@staff(Capability.SEND)
@require_POST
def simulate(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Who would be written to today; the wave is then read and approved as any other."""
    shown = _access(request, uuid)
    try:
        wave = plan_campaign(campaign_id=shown.pk, actor=request.actor, at=now(), today=today())
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:campaign", uuid=uuid)
    return redirect("office:wave", uuid=wave.uuid)


def _visible(request: StaffRequest) -> QuerySet[LetterCampaign]:
    found = LetterCampaign.objects.select_related("service")
    scope = request.membership.services
    return found.filter(service__code__in=scope) if scope else found


def _access(request: StaffRequest, uuid: UUID) -> LetterCampaign:
    found = _visible(request).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Campagna inesistente")
    return found


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:campaigns") if steps else ""
    return crumbs(("Invii", reverse("office:waves")), ("Anni passati", here), *steps)
