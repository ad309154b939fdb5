"""E-mail addresses and telephones that citizens say are theirs now: taken or refused by a person, beside the addresses."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from billing.selectors.positions import positions_in
from frontline.access import StaffRequest, staff
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from registry.models import ContactProposal
from registry.services.contact_proposals import decide_contact
from tenants.roles import Capability


@staff(Capability.CONTACT)
@require_POST
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """One of them."""
    if not contact_proposals(request).filter(pk=pk).exists():
        raise Http404("Proposta inesistente")
    accept = "accogli" in request.POST
    reason = request.POST.get("reason", "").replace("\0", "")[:300]
    try:
        decide_contact(proposal_id=pk, accept=accept, reason=reason, actor=request.actor, at=now())
    except Refused as refusal:
        messages.error(request, f"{refusal}.")
    else:
        words = "Il recapito è nell'anagrafe." if accept else "La proposta è respinta."
        messages.success(request, words)
    return redirect("office:address_proposals")


def contact_proposals(request: StaffRequest) -> "QuerySet[ContactProposal]":
    """Of the debtors whom the reader may see."""
    found = ContactProposal.objects.select_related("subject")
    scope = request.membership.services
    return found.filter(subject__in=positions_in(scope).values("subject")) if scope else found
