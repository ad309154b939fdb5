"""The orders on what leaves by itself: approve a step once for all, stop it, let it go on."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dunning.models import PolicyStep, StandingApproval
from dunning.services.standing import approve_standing, end_standing, resume_standing
from frontline.access import StaffRequest, staff
from frontline.office.service_form import services_of
from frontline.office.told import told
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import now
from tenants.roles import Capability


@staff(Capability.APPROVE)
@require_POST
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    """``massimo``: how many messages a day at most."""
    step = PolicyStep.objects.filter(pk=pk, policy__service__in=services_of(request)).first()
    if step is None:
        raise Http404("Passo inesistente")
    cap = whole_number(request.POST.get("massimo", "").strip()) or 0

    def order() -> None:
        approve_standing(step_id=pk, daily_cap=cap, actor=request.actor, at=now())

    return _done(request, step.policy.service_id, order, "Il passo parte da solo ogni giorno.")


@staff(Capability.APPROVE)
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    found = _standing(request, pk)

    def order() -> None:
        end_standing(standing_id=pk, actor=request.actor, at=now())

    return _done(request, found.step.policy.service_id, order, "Il passo non parte più da solo.")


@staff(Capability.APPROVE)
@require_POST
def resume(request: StaffRequest, pk: int) -> HttpResponse:
    found = _standing(request, pk)

    def order() -> None:
        resume_standing(standing_id=pk, actor=request.actor, at=now())

    return _done(request, found.step.policy.service_id, order, "Il passo riparte da solo.")


def _standing(request: StaffRequest, pk: int) -> StandingApproval:
    mine = {"step__policy__service__in": services_of(request)}
    found = StandingApproval.objects.select_related("step__policy").filter(pk=pk, **mine).first()
    if found is None:
        raise Http404("Approvazione inesistente")
    return found


def _done(
    request: StaffRequest, service_id: int, order: Callable[[], None], words: str
) -> HttpResponse:
    with told(request, words):
        order()
    return redirect("office:policy", pk=service_id)
