"""Receipts as they came: a list to search, and each one with its message, its shares and its *Perché?*."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.receipt_search import compact, iuv_in, may_be_missing
from frontline.office.tallies import tallies
from frontline.office.why_flow import RECEIPT_MEANINGS
from frontline.office.why_receipt import why_receipt
from pagopa.labels import Finding
from pagopa.models import Receipt
from pagopa.selectors.facts import label_of_receipt, row_reporting
from pagopa.selectors.receipt_detail import receipt_detail
from paybox.kernel.clock import ROME, today
from paybox.kernel.models import RawMessage
from tenants.roles import Capability

FILTERS = ("q", "dal", "al")


@staff(Capability.SEE)
def receipts(request: StaffRequest) -> HttpResponse:
    """Those that a person should look at; all of them on demand, or one by what is written on it."""
    found = _searched(request, receipts_in(request))
    asked = any(request.GET.get(name) for name in FILTERS)
    finding = request.GET.get("esito", "tutte" if asked else "anomalie")
    if finding == "anomalie":
        listed = found.exclude(finding=Finding.EXPECTED)
    else:
        listed = found.filter(finding=finding) if finding in Finding.values else found
    page = {
        "tallies": tallies(found, "finding", Finding.choices, money=True),
        "finding": finding,
        "findings": [("anomalie", "Solo da verificare"), ("tutte", "Tutte"), *Finding.choices],
        "given": {name: request.GET.get(name, "") for name in FILTERS},
        "missing": may_be_missing(request),
        "page": page_of(
            request, listed.select_related("collection__position").order_by("-received_at", "-id")
        ),
        "crumbs": crumbs(("pagoPA", reverse("office:publications")), ("Ricevute", "")),
    }
    return render(request, "office/receipts.html", page)


@staff(Capability.SEE)
def receipt(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything of one receipt."""
    detail = receipt_detail(_of(request, pk))
    label = label_of_receipt(detail.receipt, on=today())
    trail = crumbs(
        ("pagoPA", reverse("office:publications")),
        ("Ricevute", reverse("office:receipts")),
        (detail.receipt.receipt_id, ""),
    )
    page = {
        "detail": detail,
        "receipt": detail.receipt,
        "why": why_receipt(detail),
        "label": label,
        "meaning": RECEIPT_MEANINGS[label],
        "row": row_reporting(detail.receipt),
        "age": (today() - detail.receipt.received_at.astimezone(ROME).date()).days,
        "crumbs": trail,
    }
    return render(request, "office/receipt.html", page)


@staff(Capability.ACCOUNT)
def receipt_message(request: StaffRequest, pk: int) -> HttpResponse:
    """The message as the Node sent it, byte for byte; never shown, always saved."""
    found = _of(request, pk)
    message = RawMessage.objects.filter(pk=found.raw_message_id).first()
    if message is None:
        raise Http404("Messaggio inesistente")
    answer = HttpResponse(bytes(message.body), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="ricevuta-{found.pk}.xml"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def receipts_in(request: StaffRequest) -> Any:
    """Those of the reader's services."""
    found = Receipt.objects.all()
    scope = request.membership.services
    return found.filter(collection__position__service__code__in=scope) if scope else found


def _of(request: StaffRequest, pk: int) -> Receipt:
    rows = receipts_in(request).select_related("collection__position__subject")
    found: Receipt | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("Ricevuta inesistente")
    return found


def _searched(request: StaffRequest, found: Any) -> Any:
    given = request.GET
    if text := compact(given.get("q", "")):
        found = found.filter(
            Q(iuv=iuv_in(text)) | Q(id_pa=request.tenant.codice_fiscale, receipt_id=text)
        )
    if day := _day(given.get("dal", "")):
        found = found.filter(received_at__gte=_midnight(day))
    if day := _day(given.get("al", "")):
        found = found.filter(received_at__lt=_midnight(day + timedelta(days=1)))
    return found


def _day(text: str) -> date | None:
    """None for what is no day that a receipt may have."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year < 9999 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ROME)
