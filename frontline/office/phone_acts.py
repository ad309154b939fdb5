"""The orders on a telephone campaign: approve, call off, conclude, give out, take back, download the hand-back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dunning.services.phone_handback import close_phone_campaign
from dunning.services.phone_mandate import (
    approve_phone_campaign,
    cancel_phone_campaign,
    give_campaign,
    take_campaign_back,
)
from frontline.access import StaffRequest, staff
from frontline.office.phone import access_campaign
from frontline.office.told import told
from paybox.kernel.clock import now, today
from tenants.models import User
from tenants.roles import Capability
from tenants.selectors.enti import staff_who_may


@staff(Capability.APPROVE)
@require_POST
def approve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    seen = request.POST.get("impronta", "")
    return _order(request, uuid, approve_phone_campaign, "La campagna è approvata.", seen=seen)


@staff(Capability.SEND)
@require_POST
def cancel(request: StaffRequest, uuid: UUID) -> HttpResponse:
    return _order(request, uuid, cancel_phone_campaign, "La campagna è annullata.")


@staff(Capability.APPROVE)
@require_POST
def close(request: StaffRequest, uuid: UUID) -> HttpResponse:
    done = "La campagna è conclusa: le pratiche sono restituite e il fascicolo si sta preparando."
    return _order(request, uuid, close_phone_campaign, done)


@staff(Capability.SEND)
@require_POST
def give(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """To one of those who may telephone."""
    access_campaign(request, uuid)
    asked = request.POST.get("persona", "")
    people = staff_who_may(request.tenant, Capability.CALL, on=today())
    person = next((one for one in people if str(one.pk) == asked), None)
    if person is None:
        messages.error(request, "Scegliere una persona che può telefonare.")
        return redirect("office:phone_campaign", uuid=uuid)
    return _give(request, uuid, person)


@staff(Capability.SEND)
@require_POST
def take_back(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    shown = access_campaign(request, uuid)
    given = shown.operators.filter(pk=pk).first()
    if given is None:
        raise Http404("Affidamento inesistente")
    take_campaign_back(operator_id=given.pk, actor=request.actor, at=now())
    messages.success(request, f"{given.name} non vede più la campagna.")
    return redirect("office:phone_campaign", uuid=uuid)


@staff(Capability.SEND)
def package(request: StaffRequest, uuid: UUID) -> FileResponse:
    """What was handed back, as it was written then."""
    shown = access_campaign(request, uuid)
    if not shown.package or not default_storage.exists(shown.package):
        raise Http404("Il fascicolo non è ancora pronto")
    name = f"riconsegna-{shown.service.code}-{shown.pk}.zip"
    answer = FileResponse(default_storage.open(shown.package), as_attachment=True, filename=name)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _give(request: StaffRequest, uuid: UUID, person: User) -> HttpResponse:
    done = f"La campagna è affidata a {person.name}."
    return _order(request, uuid, give_campaign, done, user_id=person.pk, name=person.name)


def _order(
    request: StaffRequest, uuid: UUID, service: Callable[..., Any], done: str, **more: Any
) -> HttpResponse:
    shown = access_campaign(request, uuid)
    with told(request, done):
        service(campaign_id=shown.pk, actor=request.actor, at=now(), **more)
    return redirect("office:phone_campaign", uuid=uuid)
