"""The door of the *fascicolo di sollecito*: everything that was said about one credit, saved and never shown."""

from uuid import UUID

from django.http import HttpResponse

from dunning.selectors.evidence_file import evidence_file
from frontline.access import StaffRequest, staff
from frontline.office.positions import access_position
from paybox.kernel.clock import now
from tenants.roles import Capability


@staff(Capability.SEND)
def evidence(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """A ZIP made now, with what there is now."""
    position = access_position(request, uuid)
    content = evidence_file(position, ente=request.tenant, at=now())
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="fascicolo-{position.uuid}.zip"'
    answer["Cache-Control"] = "private, no-store"
    return answer
