"""One version of a text as it will be read: with made-up facts, or with a real debtor's (``?avviso=``); on screen or printed."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from billing.models import Instalment
from dunning.models import TextVersion
from dunning.selectors.text_preview import preview, preview_facts, preview_pdf
from frontline.access import StaffRequest, staff
from frontline.office.service_form import services_of
from frontline.office.told import tell_refusal
from paybox.kernel.clock import today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


@staff(Capability.SEE)
def text_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """The letter as it is printed."""
    version, instalment = version_of(request, pk), _instalment(request)
    facts = preview_facts(version, request.tenant, on=today(), instalment=instalment)
    try:
        printed = preview_pdf(version, facts, request.tenant, on=today(), instalment=instalment)
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:text", pk=pk)
    return HttpResponse(printed.pdf, content_type="application/pdf")


def shown(request: StaffRequest, version: TextVersion) -> dict[str, Any]:
    """The preview, or why there is none."""
    asked = request.GET.get("avviso", "").strip()
    told: dict[str, Any] = {"notice": asked, "problem": "", "said": None}
    try:
        instalment = _instalment(request)
        facts = preview_facts(version, request.tenant, on=today(), instalment=instalment)
        told["said"] = said = preview(version, facts)
        told["parts"] = said.parts_on(version.form)
    except Http404 as missing:
        told["problem"] = str(missing)
    except Refused as refusal:
        told["problem"] = str(refusal)
    return told


def version_of(request: StaffRequest, pk: int) -> TextVersion:
    """Of a service one works on. Raises Http404."""
    mine = TextVersion.objects.select_related("service").filter(service__in=services_of(request))
    found = mine.filter(pk=pk).first()
    if found is None:
        raise Http404("Testo inesistente")
    return found


def _instalment(request: StaffRequest) -> Instalment | None:
    """Of the notice that was named, None when none was. Raises Http404."""
    asked = "".join(request.GET.get("avviso", "").split())
    if not asked:
        return None
    found = Instalment.objects.filter(notice_number=asked).select_related(
        "position__subject", "position__service"
    )
    mine = found.filter(position__service__in=services_of(request)).first()
    if mine is None:
        raise Http404("Nessun avviso con questo numero")
    return mine
