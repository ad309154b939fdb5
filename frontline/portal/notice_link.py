"""The page behind the address in a notice's e-mail: what is owed and by when, and the PDF with one press.

It names nobody: whoever the e-mail was forwarded to learns nothing that the address did not already give. Opening it on
GET and saving the PDF on POST are written on the message; programs that look at links save nothing.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.documents.data import DocumentRefused
from billing.models import Position
from billing.selectors.positions import position_of_uuid
from billing.states import InstalmentState
from dunning.inbound.notice_links import read_notice_link
from dunning.services.notice_mail import OPENED, SAVED, note_opening
from frontline.access import EnteRequest, public_page
from frontline.portal.documents import notice_pdf
from paybox.kernel.clock import now, today


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice_link(request: EnteRequest, token: str) -> HttpResponse:
    """410 once its days are over."""
    link = read_notice_link(token, schema=request.tenant.schema_name)
    position = position_of_uuid(link.position, scope=[]) if link else None
    if link is None or position is None:
        raise Http404("Indirizzo non valido")
    if today() > link.last_day:
        return render(request, "portal/notice_link_over.html", status=410)
    if request.method == "POST":
        return _saved(request, position)
    if request.method == "GET":
        note_opening(position=position, what=OPENED, at=now())
    return _page(request, position, link.last_day)


def _saved(request: EnteRequest, position: Position) -> HttpResponse:
    payable = [i for i in position.instalments.all() if i.state == InstalmentState.PAYABLE]
    if not payable:
        raise Http404("Non c'è più nulla da pagare")
    try:
        answer = notice_pdf(payable[0], request.tenant)
    except DocumentRefused as refusal:
        raise Http404("Non c'è più nulla da pagare") from refusal
    note_opening(position=position, what=SAVED, at=now())
    return answer


def _page(request: EnteRequest, position: Position, last_day: object) -> HttpResponse:
    payable = sorted(
        (i for i in position.instalments.all() if i.state == InstalmentState.PAYABLE),
        key=lambda i: i.number,
    )
    page = {
        "position": position,
        "payable": payable,
        "withdrawn": position.withdrawn_at is not None,
        "last_day": last_day,
    }
    return render(request, "portal/notice_link.html", page)
