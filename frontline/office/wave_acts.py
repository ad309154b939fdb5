"""The orders on a wave: approve, start, pause, cancel, leave somebody out, simulate again. Each is one button and one service."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dunning.models import Wave
from dunning.services.leaving_out import leave_out
from dunning.services.replanning import simulate_again
from dunning.services.waves import approve_wave, cancel_wave, pause_wave, start_wave
from frontline.access import StaffRequest, staff
from frontline.office.told import tell_refusal, told
from frontline.office.waves import access_wave
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


@staff(Capability.APPROVE)
@require_POST
def approve(request: StaffRequest, uuid: UUID) -> HttpResponse:
    seen = request.POST.get("impronta", "")
    return _order(request, uuid, approve_wave, "L'invio è approvato.", seen=seen)


@staff(Capability.SEND)
@require_POST
def start(request: StaffRequest, uuid: UUID) -> HttpResponse:
    despite = request.POST.get("nonostante", "").strip()[:200]
    return _order(request, uuid, start_wave, "L'invio è cominciato.", despite=despite)


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


@staff(Capability.SEND)
@require_POST
def leave(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    wave = access_wave(request, uuid)
    if not wave.items.filter(pk=pk).exists():
        raise Http404("Destinatario inesistente")
    with told(request, "La persona è fuori da questo invio, che va riletto e approvato."):
        leave_out(item_id=pk, reason="", actor=request.actor, at=now())
    return redirect("office:wave", uuid=uuid)


@staff(Capability.SEND)
@require_POST
def again(request: StaffRequest, uuid: UUID) -> HttpResponse:
    wave = access_wave(request, uuid)
    try:
        new = simulate_again(wave_id=wave.pk, actor=request.actor, at=now(), today=today())
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:wave", uuid=uuid)
    messages.success(request, "La simulazione è rifatta con i dati di oggi.")
    return redirect("office:wave", uuid=new.uuid)


def _order(
    request: StaffRequest, uuid: UUID, service: Callable[..., Wave], done: str, **more: str
) -> HttpResponse:
    wave = access_wave(request, uuid)
    with told(request, done):
        service(wave_id=wave.pk, actor=request.actor, at=now(), **more)
    return redirect("office:wave", uuid=uuid)
