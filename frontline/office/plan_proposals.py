"""Plans that one person proposed and another grants: read with the instalments of today, confirmed or refused."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import PlanProposal
from dunning.services.plan_proposals import confirm_proposal, proposed_draft, refuse_proposal
from dunning.services.plans import Worked, work_out
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs
from frontline.office.told import tell_refusal, told
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


@staff(Capability.SEE)
def proposal(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """What would be granted today, or what became of it."""
    shown = _access(request, uuid)
    waits = shown.state == PlanProposal.State.PROPOSED
    worked, trouble = _worked(shown) if waits else (None, "")
    page = {
        "proposal": shown,
        "waits": waits,
        "worked": worked,
        "trouble": trouble,
        "is_proposer": shown.proposer_id == request.actor.user_id,
        "crumbs": crumbs(
            ("Riscossione coattiva", reverse("office:handovers")), ("Dilazioni", reverse("office:plans")),
            (shown.position.reference, ""),
        ),
    }  # fmt: skip
    return render(request, "office/plan_proposal.html", page)


@staff(Capability.APPROVE)
@require_POST
def confirm(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown, read = _access(request, uuid), whole_number(request.POST.get("total", ""))
    try:
        plan = confirm_proposal(
            proposal_id=shown.pk, seen_cents=-1 if read is None else read,
            segregation=request.tenant.segregation, actor=request.actor, at=now(),
        )  # fmt: skip
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:plan_proposal", uuid=uuid)
    messages.success(request, "La dilazione è concessa: gli avvisi delle rate sono pronti.")
    return redirect("office:plan", uuid=plan.uuid)


@staff(Capability.LITIGATE)
@require_POST
def refuse(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown, reason = _access(request, uuid), request.POST.get("motivo", "")[:200]
    with told(request, "La proposta è chiusa: il credito resta com'era."):
        refuse_proposal(proposal_id=shown.pk, reason=reason, actor=request.actor, at=now())
    return redirect("office:plan_proposal", uuid=uuid)


def _worked(shown: PlanProposal) -> tuple[Worked | None, str]:
    """The instalments of today, or why it can no longer be granted."""
    try:
        return work_out(position=shown.position, draft=proposed_draft(shown), today=today()), ""
    except Refused as refusal:
        return None, str(refusal)


def _access(request: StaffRequest, uuid: UUID) -> PlanProposal:
    found = PlanProposal.objects.select_related("position__service", "position__subject", "plan")
    scope = request.membership.services
    found = found.filter(position__service__code__in=scope) if scope else found
    shown = found.filter(uuid=uuid).first()
    if shown is None:
        raise Http404("Proposta inesistente")
    return shown
