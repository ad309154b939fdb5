"""The queue of odd receipts: what happened, in words, until somebody settles it with a reason that stays."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.told import told
from pagopa.models import ReceiptAnomaly
from pagopa.rules.oddities import Oddity
from pagopa.services.anomalies import reopen_anomaly, settle_anomaly
from paybox.kernel.clock import now
from tenants.roles import Capability


class ReasonForm(forms.Form):
    """What the file will say."""

    reason = forms.CharField(max_length=300, required=False)


@staff(Capability.SEE)
def anomalies(request: StaffRequest) -> HttpResponse:
    """What waits, oldest first; what was settled, newest first, on demand."""
    found = anomalies_in(request)
    kind = request.GET.get("tipo", "")
    if kind in {one.value for one in Oddity}:
        found = found.filter(oddity=kind)
    settled = request.GET.get("stato") == "chiuse"
    waiting = found.filter(settled_at__isnull=True).order_by("opened_at", "pk")
    closed = found.filter(settled_at__isnull=False).order_by("-settled_at", "-pk")
    rows = (closed if settled else waiting).select_related("receipt__collection__position__subject")
    page = {
        "kinds": [(one.value, one.words) for one in Oddity],
        "kind": kind,
        "settled": settled,
        "waiting": waiting.count(),
        "page": page_of(request, rows),
        "crumbs": crumbs(("pagoPA", reverse("office:publications")), ("Anomalie", "")),
    }
    return render(request, "office/anomalies.html", page)


@staff(Capability.ACCOUNT)
@require_POST
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Seen to, and why."""
    return _change(request, pk, settle_anomaly, "La segnalazione è chiusa.")


@staff(Capability.ACCOUNT)
@require_POST
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Closed by mistake: back in the queue."""
    return _change(request, pk, reopen_anomaly, "La segnalazione è di nuovo aperta.")


def anomalies_in(request: StaffRequest) -> Any:
    """Those of the reader's services; of a message that nobody could read only who sees all services knows."""
    found = ReceiptAnomaly.objects.all()
    scope = request.membership.services
    return found.filter(receipt__collection__position__service__code__in=scope) if scope else found


def _change(request: StaffRequest, pk: int, order: Any, done: str) -> HttpResponse:
    if not anomalies_in(request).filter(pk=pk).exists():
        raise Http404("Segnalazione inesistente")
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    with told(request, done):
        order(anomaly_id=pk, reason=reason, actor=request.actor, at=now())
    back = reverse("office:anomalies")
    return redirect(f"{back}?stato=chiuse" if order is reopen_anomaly else back)
