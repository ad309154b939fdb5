"""The month's messages, as they are billed: on the page, as CSV, as a workbook."""

from collections.abc import Iterator
from datetime import date

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from dunning.models import Wave
from dunning.selectors.seals import last_seals
from dunning.selectors.statement import Statement, months_with_messages, statement_of
from frontline.access import StaffRequest, staff
from frontline.office.list_files import list_response
from frontline.office.pages import crumbs
from paybox.kernel.clock import now, today
from paybox.kernel.sheets import Mills
from tenants.roles import Capability

HEADER = (
    "tipo_dovuto", "invio", "genere", "avviato_il", "canale", "messaggi", "parti", "consegnati", "non_consegnati",
    "costo_euro", "costo_medio_euro", "costo_per_euro_incassato_in_piu", "sigillo", "impronta_sigillo",
)  # fmt: skip


@staff(Capability.SEE)
def statement(request: StaffRequest) -> HttpResponse:
    """One month; the current one when none is asked for."""
    shown = _statement(request)
    months = months_with_messages(scope=request.membership.services)
    page = {
        "shown": shown,
        "months": months if shown.month in months else [shown.month, *months],
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("Consuntivo dei messaggi", "")),
    }
    return render(request, "office/statement.html", page)


@staff(Capability.SEE)
def statement_file(request: StaffRequest, form: str) -> HttpResponseBase:
    """The same lines, all of them."""
    shown = _statement(request)
    name = f"messaggi-{shown.month:%Y-%m}"
    return list_response(form, name, _rows(shown), schema=request.tenant.schema_name)


def _statement(request: StaffRequest) -> Statement:
    asked = request.GET.get("mese", "")
    try:
        month = date.fromisoformat(f"{asked}-01") if asked else today()
    except ValueError as wrong:
        raise Http404("Mese inesistente") from wrong
    if not 2000 <= month.year <= 2100:
        raise Http404("Mese inesistente")
    return statement_of(month=month, scope=request.membership.services, at=now())


def _rows(shown: Statement) -> Iterator[list[object]]:
    yield list(HEADER)
    waves = Wave.objects.filter(uuid__in={line.wave for line in shown.lines})
    seals = {one.wave.uuid: one for one in last_seals(waves)}
    for line in shown.lines:
        seal = seals.get(line.wave)
        yield [
            line.service, str(line.wave), line.kind, line.started_on, line.channel, line.messages, line.parts, line.delivered,
            line.failed, Mills(line.mills), Mills(line.mills_a_message),
            None if line.mills_a_recovered_euro is None else Mills(line.mills_a_recovered_euro),
            seal and seal.number, seal and seal.sha256,
        ]  # fmt: skip
