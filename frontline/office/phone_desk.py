"""The desk of who telephones: the campaigns given to her, the list, the next file. Nothing else of the Ente."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.inbound.phone_rounds import desk_rules
from dunning.models import PhoneCampaign, PhoneFile
from dunning.selectors.phone_sheet import campaigns_given
from dunning.services.phone_list import open_phone_file, take_next_file, waiting_files
from frontline.access import StaffRequest, staff
from frontline.office.pages import page_of
from frontline.office.told import tell_refusal
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


@staff(Capability.CALL)
def desk(request: StaffRequest) -> HttpResponse:
    """Those running that were given to the reader."""
    page = {"campaigns": campaigns_given(request.actor), "crumbs": desk_trail()}
    return render(request, "office/phone_desk.html", page)


@staff(Capability.CALL)
def campaign_list(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """What waits in one campaign, the most valuable first, with when each may be called."""
    shown = given_campaign(request, uuid)
    page = {
        "campaign": shown,
        "page": page_of(request, waiting_files(shown, at=now())),
        "now": now(),
        "crumbs": desk_trail((shown.name, "")),
    }
    return render(request, "office/phone_list.html", page)


@staff(Capability.CALL)
@require_POST
def take_next(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The first that may be called now."""
    shown = given_campaign(request, uuid)
    rules = desk_rules(shown, request.tenant)
    try:
        file = take_next_file(campaign_id=shown.pk, operator=request.actor, at=now(), rules=rules)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:phone_list", uuid=uuid)
    if file is None:
        messages.info(request, "Adesso non c'è nessuno da chiamare: l'elenco dice quando.")
        return redirect("office:phone_list", uuid=uuid)
    return redirect("office:phone_sheet", uuid=file.uuid)


@staff(Capability.CALL)
@require_POST
def take(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """A file of the list, because she rang back."""
    file = given_file(request, uuid)
    try:
        open_phone_file(file_id=file.pk, operator=request.actor, at=now())
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:phone_list", uuid=file.campaign.uuid)
    return redirect("office:phone_sheet", uuid=uuid)


def given_campaign(request: StaffRequest, uuid: UUID) -> PhoneCampaign:
    """Raises Http404 for one that was not given to the reader, or has ended."""
    found = campaigns_given(request.actor).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Campagna non affidata")
    return found


def given_file(request: StaffRequest, uuid: UUID) -> PhoneFile:
    """Of one of her campaigns. Raises Http404."""
    mine = PhoneFile.objects.filter(campaign__in=campaigns_given(request.actor))
    found = mine.select_related("subject", "campaign__service", "campaign__script").filter(uuid=uuid).first()  # fmt: skip
    if found is None:
        raise Http404("Pratica non affidata")
    return found


def desk_trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The desk has no board above it."""
    return [("Telefonate", reverse("office:phone_desk") if steps else ""), *steps]
