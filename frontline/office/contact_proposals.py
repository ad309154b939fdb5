"""E-mail addresses and telephones that citizens say are theirs now: taken or refused by a person, beside the addresses."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from billing.selectors.positions import positions_in
from frontline.access import StaffRequest, staff
from frontline.office.told import told
from paybox.kernel.clock import now
from registry.models import ContactProposal
from registry.services.contact_proposals import decide_contact
from tenants.roles import Capability


@staff(Capability.CONTACT)
@require_POST
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """One of them."""
    found = contact_proposals(request).filter(pk=pk)
    return decided(request, found, decide_contact, "Il recapito è nell'anagrafe.")


def decided(
    request: StaffRequest, found: QuerySet[Any], decide_one: Callable[..., Any], taken: str
) -> HttpResponse:
    """Take or refuse the one that was ``found`` and go back to the list. ``taken``: what is said when it is taken."""
    proposal = found.first()
    if proposal is None:
        raise Http404("Proposta inesistente")
    accept = "accogli" in request.POST
    reason = request.POST.get("reason", "").replace("\0", "")[:300]
    with told(request, taken if accept else "La proposta è respinta."):
        decide_one(
            proposal_id=proposal.pk, accept=accept, reason=reason, actor=request.actor, at=now()
        )
    return redirect("office:address_proposals")


def contact_proposals(request: StaffRequest) -> QuerySet[ContactProposal]:
    """Of the debtors whom the reader may see."""
    found = ContactProposal.objects.select_related("subject")
    scope = request.membership.services
    return found.filter(subject__in=positions_in(scope).values("subject")) if scope else found
