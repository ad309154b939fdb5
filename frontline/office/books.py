"""The books on screen and as files for the accounting software: CSV, XLSX, JSON – the same lines in each."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from tempfile import TemporaryFile
from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from billing.models import Collection
from billing.selectors.books import (
    HEADER,
    BookLine,
    GivenAwayLine,
    books,
    chapters,
    given_away_lines,
)
from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.pages import crumbs
from paybox.kernel.clock import today
from paybox.kernel.money import format_euro
from tenants.roles import Capability

SHOWN = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BookForm(forms.Form):
    """Both days included; this month when they are not given."""

    dal = forms.DateField(label="Dal", widget=forms.DateInput(attrs={"type": "date"}))
    al = forms.DateField(label="Al", widget=forms.DateInput(attrs={"type": "date"}))
    capitolo = forms.CharField(label="Capitolo o accertamento", required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("dal") and given.get("al") and given["dal"] > given["al"]:
            self.add_error("al", "Il giorno finale viene prima di quello iniziale.")
        return given


@staff(Capability.ACCOUNT)
def book(request: StaffRequest) -> HttpResponse:
    """The lines of the days asked for, and where to fetch them as files."""
    form = _asked(request)
    lines = _lines(request, form) if form.is_valid() else []
    others = _others(request, form) if form.is_valid() else []
    page = {
        "others": others,
        "others_cents": sum(line.amount_cents for line in others),
        "form": form,
        "lines": lines[:SHOWN],
        "count": len(lines),
        "total_cents": sum(line.amount_cents for line in lines),
        "excess_cents": sum(line.excess_cents for line in lines),
        "chapters": chapters(scope=request.membership.services),
        "channels": dict(Collection.Channel.choices),
        "asked": request.GET.urlencode(),
        "shown": SHOWN,
        "crumbs": crumbs(
            ("Riconciliazione", reverse("office:reconciliation")), ("Libro degli incassi", "")
        ),
    }
    return render(request, "office/book.html", page, status=200 if form.is_valid() else 422)


@staff(Capability.ACCOUNT)
def book_file(request: StaffRequest, kind: str) -> HttpResponseBase:
    """The whole of it as ``csv``, ``xlsx`` or ``json``. Raises Http404 for another kind or wrong days."""
    form = _asked(request)
    if kind not in ("csv", "xlsx", "json") or not form.is_valid():
        raise Http404("File inesistente")
    lines = _lines(request, form)
    given = form.cleaned_data
    name = f"incassi-{given['dal']:%Y-%m-%d}-{given['al']:%Y-%m-%d}.{kind}"
    if kind == "csv":
        return csv_response(name, _csv(lines), schema=request.tenant.schema_name)
    if kind == "xlsx":
        return _xlsx(lines, name)
    return _json(lines, _others(request, form), name, given)


def _asked(request: StaffRequest) -> BookForm:
    day = today()
    month = {
        "dal": day.replace(day=1).isoformat(),
        "al": day.replace(day=monthrange(day.year, day.month)[1]).isoformat(),
    }
    return BookForm(month | {key: value for key, value in request.GET.items() if value})


def _lines(request: StaffRequest, form: BookForm) -> list[BookLine]:
    given = form.cleaned_data
    scope = request.membership.services
    return books(first=given["dal"], last=given["al"], scope=scope, chapter=given["capitolo"])


def _others(request: StaffRequest, form: BookForm) -> list[GivenAwayLine]:
    given = form.cleaned_data
    scope = request.membership.services
    return given_away_lines(
        first=given["dal"], last=given["al"], scope=scope, chapter=given["capitolo"]
    )


def _csv(lines: Sequence[BookLine]) -> Iterator[list[object]]:
    yield list(HEADER)
    for line in lines:
        texts, cents = _cells(line)
        yield [*texts, *(format_euro(c).replace(".", "") for c in cents)]


def _xlsx(lines: Sequence[BookLine], name: str) -> FileResponse:
    """Written row by row to disk: memory does not grow with the book."""
    import xlsxwriter

    file = TemporaryFile()  # noqa: SIM115  FileResponse closes it
    workbook = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = workbook.add_worksheet("Incassi")
    euro, day = (workbook.add_format({"num_format": f}) for f in ("#,##0.00", "dd/mm/yyyy"))
    sheet.write_row(0, 0, HEADER, workbook.add_format({"bold": True}))
    for number, line in enumerate(lines, start=1):
        texts, cents = _cells(line)
        for column, value in enumerate(texts):
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, day)
            else:
                sheet.write(number, column, value)
        for column, amount in enumerate(cents, start=len(texts)):
            sheet.write_number(number, column, amount / 100, euro)
    workbook.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=_XLSX)


def _json(
    lines: Sequence[BookLine], others: Sequence[GivenAwayLine], name: str, given: dict[str, Any]
) -> JsonResponse:
    """Amounts in whole cents, days as ISO writes them."""
    names = (*HEADER[:6], *(f"{word}_centesimi" for word in HEADER[6:]))
    rows = [dict(zip(names, (*texts, *cents), strict=True)) for texts, cents in map(_cells, lines)]
    body = {"dal": given["dal"], "al": given["al"], "righe": rows, "altri": _bodies(others)}
    answer = JsonResponse(body)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _bodies(others: Sequence[GivenAwayLine]) -> list[dict[str, object]]:
    return [
        {
            "denominazione": line.service_name, "beneficiario": line.body, "nome": line.name,
            "incassi": line.payments, "importo_centesimi": line.amount_cents,
        }
        for line in others
    ]  # fmt: skip


def _cells(line: BookLine) -> tuple[tuple[object, ...], tuple[int, int, int]]:
    """In the order of HEADER: what is not money, then the cents."""
    texts = (line.chapter, line.service, line.service_name, line.booked_on, line.channel, line.collections)  # fmt: skip
    return texts, (line.amount_cents, line.allotted_cents, line.excess_cents)
