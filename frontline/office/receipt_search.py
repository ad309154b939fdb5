"""«Cerca la ricevuta»: a receipt that somebody shows and that is not here is asked of pagoPA."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.iuv import NoticeNumberRefused, iuv_of, read_notice_number
from billing.models import Instalment
from frontline.access import StaffRequest, staff
from frontline.office.told import tell_refusal
from pagopa.gateways.configured_sources import receipt_sources
from pagopa.services.receipt_search import SearchRefused, ask_receipt_search
from tenants.roles import Capability

NOT_OURS = "Scrivere il codice avviso o lo IUV di un avviso di questo Ente."
ASKED = "La ricevuta è stata chiesta a pagoPA: la risposta compare nella storia della posizione."


@staff(Capability.ACCOUNT)
@require_POST
def search(request: StaffRequest) -> HttpResponse:
    """«Cerca la ricevuta»: pagoPA is asked for the one of a notice; the answer will be on its position."""
    text = compact(request.POST.get("q", ""))
    found = _instalment(request, text)
    back = f"{reverse('office:receipts')}?{urlencode({'q': text})}"
    if found is None:
        messages.error(request, NOT_OURS)
        return redirect(back)
    try:
        ask_receipt_search(instalment=found, sources=_sources(request), actor=request.actor)
    except SearchRefused as refusal:
        tell_refusal(request, refusal)
        return redirect(back)
    messages.success(request, ASKED)
    return redirect("office:position", uuid=found.position.uuid)


def _sources(request: StaffRequest) -> int:
    ente = request.tenant
    code = ente.ipa_code or ente.codice_fiscale
    return len(receipt_sources(road=ente.gateway, ente_code=code))


def _instalment(request: StaffRequest, text: str) -> Instalment | None:
    """One of the reader's services."""
    ways = Instalment.objects.select_related("position").filter(iuv=iuv_in(text))
    if scope := request.membership.services:
        ways = ways.filter(position__service__code__in=scope)
    return ways.first()


def may_be_missing(request: StaffRequest) -> bool:
    """Whether what is looked for is a notice of ours, and this reader may ask pagoPA for its receipt."""
    text = compact(request.GET.get("q", ""))
    asks = text and request.membership.may(Capability.ACCOUNT)
    return bool(asks and _instalment(request, text))


def compact(text: str) -> str:
    """What was typed, without blanks and no longer than any of these names."""
    return "".join(text.replace("\0", "").split())[:70]


def iuv_in(text: str) -> str:
    """Of a notice number, or the text itself."""
    try:
        return iuv_of(read_notice_number(text))
    except NoticeNumberRefused:
        return text
