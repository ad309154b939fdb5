"""The books on screen, and where they are fetched as CSV, XLSX and JSON – the same lines in each."""

from calendar import monthrange
from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from billing.models import Collection
from billing.selectors.books import BookLine, GivenAwayLine, books, chapters, given_away_lines
from frontline.access import StaffRequest, staff
from frontline.office.book_files import book_rows, json_response
from frontline.office.list_files import list_response
from frontline.office.pages import crumbs
from paybox.kernel.clock import today
from tenants.roles import Capability

SHOWN = 200


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
    shown, sums = _summed(_lines(request, form) if form.is_valid() else iter(()))
    others = _others(request, form) if form.is_valid() else []
    page = {
        "others": others,
        "others_cents": sum(line.amount_cents for line in others),
        "form": form,
        "lines": shown,
        **sums,
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
    name = f"incassi-{given['dal']:%Y-%m-%d}-{given['al']:%Y-%m-%d}"
    schema = request.tenant.schema_name
    if kind != "json":
        return list_response(kind, name, book_rows(lines), schema=schema)
    others = _others(request, form)
    days = (given["dal"], given["al"])
    return json_response(f"{name}.json", lines, others, days=days, schema=schema)


def _asked(request: StaffRequest) -> BookForm:
    day = today()
    month = {
        "dal": day.replace(day=1).isoformat(),
        "al": day.replace(day=monthrange(day.year, day.month)[1]).isoformat(),
    }
    return BookForm(month | {key: value for key, value in request.GET.items() if value})


def _lines(request: StaffRequest, form: BookForm) -> Iterator[BookLine]:
    given = form.cleaned_data
    scope = request.membership.services
    return books(first=given["dal"], last=given["al"], scope=scope, chapter=given["capitolo"])


def _summed(lines: Iterator[BookLine]) -> tuple[list[BookLine], dict[str, int]]:
    """The first of them, and what all of them come to."""
    shown: list[BookLine] = []
    sums = {"count": 0, "total_cents": 0, "excess_cents": 0}
    for line in lines:
        if len(shown) < SHOWN:
            shown.append(line)
        sums["count"] += 1
        sums["total_cents"] += line.amount_cents
        sums["excess_cents"] += line.excess_cents
    return shown, sums


def _others(request: StaffRequest, form: BookForm) -> list[GivenAwayLine]:
    given = form.cleaned_data
    scope = request.membership.services
    return given_away_lines(
        first=given["dal"], last=given["al"], scope=scope, chapter=given["capitolo"]
    )
