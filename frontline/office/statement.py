"""The month's messages, as they are billed: on the page, as CSV, as a workbook."""

from collections.abc import Iterator
from datetime import date
from tempfile import TemporaryFile

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from dunning.selectors.statement import Statement, months_with_messages, statement_of
from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.pages import crumbs
from paybox.kernel.clock import now, today
from tenants.roles import Capability

HEADER = (
    "tipo_dovuto", "invio", "genere", "avviato_il", "canale", "messaggi", "parti", "consegnati", "non_consegnati",
    "costo_euro", "costo_medio_euro", "costo_per_euro_incassato_in_piu",
)  # fmt: skip
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    if form not in ("csv", "xlsx"):
        raise Http404("Si scarica come CSV o come Excel")
    shown = _statement(request)
    name = f"messaggi-{shown.month:%Y-%m}"
    if form == "csv":
        return csv_response(f"{name}.csv", _rows(shown), schema=request.tenant.schema_name)
    return _workbook(f"{name}.xlsx", shown)


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
    for line in shown.lines:
        started = line.started_on.isoformat() if line.started_on else ""
        yield [
            line.service, str(line.wave), line.kind, started, line.channel, line.messages, line.parts, line.delivered,
            line.failed, _euro(line.mills), _euro(line.mills_a_message),
            "" if line.mills_a_recovered_euro is None else _euro(line.mills_a_recovered_euro),
        ]  # fmt: skip


def _euro(mills: int) -> str:
    """Three decimals: an SMS costs less than a cent more or less."""
    return f"{mills // 1000},{mills % 1000:03d}"


def _workbook(name: str, shown: Statement) -> FileResponse:
    import xlsxwriter

    file = TemporaryFile()  # noqa: SIM115  FileResponse closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    sheet = workbook.add_worksheet("Messaggi")
    euro, bold = workbook.add_format({"num_format": "#,##0.000"}), workbook.add_format({"bold": True})  # fmt: skip
    sheet.write_row(0, 0, HEADER, bold)
    for number, (row, line) in enumerate(zip(list(_rows(shown))[1:], shown.lines, strict=True), 1):
        sheet.write_row(number, 0, row[:9])
        sheet.write_number(number, 9, line.mills / 1000, euro)
        sheet.write_number(number, 10, line.mills_a_message / 1000, euro)
        if line.mills_a_recovered_euro is not None:
            sheet.write_number(number, 11, line.mills_a_recovered_euro / 1000, euro)
    workbook.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=_XLSX)
