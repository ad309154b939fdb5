"""One citizen on one page: who she is, how she is reached, what she owes and has paid."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from billing.selectors.positions import NEWEST_FIRST, filter_totals, positions_in
from dunning.selectors.address_quality import quality_of
from dunning.selectors.invitations import invitations_of
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from paybox.kernel.clock import today
from registry.selectors.subjects import subject_of_uuid
from tenants.roles import Capability


@staff(Capability.SEE)
def subject(request: StaffRequest, uuid: UUID) -> HttpResponse:
    found = subject_of_uuid(uuid)
    if found is None:
        raise Http404("Contribuente inesistente")
    theirs = positions_in(request.membership.services).filter(subject=found)
    if request.membership.services and not theirs.exists():
        raise Http404("Contribuente senza posizioni visibili")
    page = {
        "subject": found,
        "contacts": sorted(found.contacts.all(), key=lambda c: (c.kind, c.created_at)),
        "quality": quality_of(found),
        "told": found.contact_proposals.filter(decided_at__isnull=True),
        "proposals": found.address_proposals.filter(decided_at__isnull=True),
        "invitations": invitations_of(found)[:10],
        "totals": filter_totals(theirs),
        "overdue": filter_totals(theirs.overdue(on=today())),
        "page": page_of(request, theirs.select_related("service").order_by(*NEWEST_FIRST)),
        "today": today(),
        "crumbs": crumbs((found.name, "")),
    }
    return render(request, "office/subject.html", page)
