"""Positions: the list with its filter and its export, and the page that tells the story of one."""

from collections.abc import Iterator
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from billing.models import Position
from billing.models.position import PositionQuerySet
from billing.selectors.positions import (
    export_rows,
    filter_totals,
    position_of_uuid,
    positions_matching,
)
from dunning.selectors.next_step import comes_next
from frontline.access import StaffRequest, staff
from frontline.office.attention import still_refused
from frontline.office.filters import PositionFilterForm
from frontline.office.four_dates import four_dates
from frontline.office.list_files import list_response
from frontline.office.pages import crumbs, page_of
from frontline.office.send_acts import vain_acts
from frontline.office.three_steps import three_steps
from frontline.office.why import why
from pagopa.selectors.steps import steps_of
from paybox.kernel.clock import today
from paybox.kernel.sheets import Euro
from tenants.roles import Capability

EXPORT_HEADER = (
    "riferimento", "tipo_dovuto", "denominazione", "codice_fiscale", "causale", "anno", "stato",
    "importo", "residuo", "scadenza", "scaduta", "generata", "su_pagopa", "avvisata", "pagata",
    "codice_avviso",
)  # fmt: skip
_CENTS = (7, 8)


@staff(Capability.SEE)
def positions(request: StaffRequest) -> HttpResponse:
    form, found = _asked(request)
    page = {
        "form": form,
        "is_filtered": any(form.cleaned_data.values()),
        "totals": filter_totals(found),
        "page": page_of(request, found.select_related("service", "subject")),
        "today": today(),
        "crumbs": crumbs(("Posizioni", "")),
    }
    return render(request, "office/positions.html", page)


@staff(Capability.SEE)
def positions_file(request: StaffRequest, form: str) -> HttpResponseBase:
    """Exactly the list of the filter, all of it."""
    _, found = _asked(request)
    name = f"posizioni-{today():%Y-%m-%d}"
    return list_response(form, name, _rows(found), schema=request.tenant.schema_name)


@staff(Capability.SEE)
def position(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown = access_position(request, uuid)
    story = list(shown.timeline.order_by("at", "id"))
    instalments = sorted(shown.instalments.all(), key=lambda i: i.number)
    page = {
        "position": shown,
        "why": why(shown, story, on=today()),
        "dates": four_dates(shown, story),
        "next": comes_next(shown, today=today()),
        "vain_acts": vain_acts(shown),
        "instalments": instalments,
        "is_payable": any(i.state == "PAGABILE" for i in instalments),
        "story": story,
        "money": [(s.paid_cents, three_steps(s)) for s in steps_of(position_id=shown.pk)],
        "transfers": list(
            shown.transfers.select_related("collection").order_by("created_at", "id")
        ),
        "publications": list(shown.publications.order_by("-asked_at", "-id")),
        "today": today(),
        "crumbs": crumbs(("Posizioni", reverse("office:positions")), (shown.reference, "")),
    }
    return render(request, "office/position.html", page)


def access_position(request: StaffRequest, uuid: UUID) -> Position:
    """The position, if it is of this Ente and of a service the reader works on. Raises Http404."""
    found = position_of_uuid(uuid, scope=request.membership.services)
    if found is None:
        raise Http404("Posizione inesistente")
    return found


def _asked(request: StaffRequest) -> tuple[PositionFilterForm, PositionQuerySet]:
    scope = request.membership.services
    form = PositionFilterForm(request.GET, scope=scope)
    found = positions_matching(form.wanted(), scope=scope, on=today())
    if form.cleaned_data.get("rifiutate"):
        found = found.filter(pk__in=still_refused().values("position_id"))
    return form, found


def _rows(found: PositionQuerySet) -> Iterator[list[object]]:
    yield list(EXPORT_HEADER)
    for row in export_rows(found, on=today()):
        yield [Euro(int(str(value))) if n in _CENTS else value for n, value in enumerate(row)]
