"""The orders on a wave: approve, start, pause, cancel. Each is one button and one service."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dunning.models import Wave
from dunning.services.waves import approve_wave, cancel_wave, pause_wave, start_wave
from frontline.access import StaffRequest, staff
from frontline.office.waves import access_wave
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


@staff(Capability.APPROVE)
@require_POST
def approve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    return _order(request, uuid, approve_wave, "L'invio è approvato.")


@staff(Capability.SEND)
@require_POST
def start(request: StaffRequest, uuid: UUID) -> HttpResponse:
    return _order(request, uuid, start_wave, "L'invio è cominciato.")


@staff(Capability.SEND)
@require_POST
def pause(request: StaffRequest, uuid: UUID) -> HttpResponse:
    return _order(request, uuid, pause_wave, "L'invio è in pausa.")


@staff(Capability.SEND)
@require_POST
def cancel(request: StaffRequest, uuid: UUID) -> HttpResponse:
    return _order(
        request, uuid, cancel_wave, "L'invio è annullato: quanto non era partito non parte."
    )


def _order(
    request: StaffRequest, uuid: UUID, service: Callable[..., Wave], done: str
) -> HttpResponse:
    wave = access_wave(request, uuid)
    try:
        service(wave_id=wave.pk, actor=request.actor, at=now())
    except Refused as refusal:
        messages.error(request, f"{refusal}.".replace("..", "."))
    else:
        messages.success(request, done)
    return redirect("office:wave", uuid=uuid)
