"""Where positions stand on their way to pagoPA: counted by state, refused in the other side's words, asked again."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from billing.models import Service
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.tallies import tallies
from frontline.office.typed_number import whole_number
from pagopa.models import Publication
from pagopa.selectors.publications import kept_until_replaced
from pagopa.services.publication_retry import may_be_retried, retry_publications
from paybox.kernel.clock import now
from tenants.roles import Capability

NOTHING = "Niente da chiedere di nuovo: intanto pagate, annullate o già presenti su pagoPA."


@staff(Capability.SEE)
def publications(request: StaffRequest) -> HttpResponse:
    """Refusals first; every publication by state, service and words."""
    found = _visible(request)
    state = request.GET.get("stato", Publication.State.REFUSED)
    listed = found.filter(state=state) if state in Publication.State.values else found
    listed = listed.select_related("position__subject", "position__service")
    shown = page_of(request, listed.order_by("-asked_at", "-id"))
    page = {
        "tallies": tallies(found, "state", Publication.State.choices),
        "state": state,
        "states": Publication.State.choices,
        "services": _services(request),
        "service": request.GET.get("servizio", ""),
        "words": request.GET.get("q", ""),
        "retriable": _retriable(shown.object_list),
        "kept": _kept(shown.object_list),
        "page": shown,
        "crumbs": crumbs(("pagoPA", "")),
    }
    return render(request, "office/publications.html", page)


@staff(Capability.PUBLISH)
@require_POST
def retry(request: StaffRequest) -> HttpResponse:
    """Ask again for the ones named in the form."""
    ids = [pk for text in request.POST.getlist("id") if (pk := whole_number(text))]
    count = retry_publications(
        publication_ids=ids, services=request.membership.services, actor=request.actor, at=now()
    )
    if count:
        one = "Una posizione è di nuovo in attesa di invio a pagoPA."
        many = f"{count} posizioni sono di nuovo in attesa di invio a pagoPA."
        messages.success(request, one if count == 1 else many)
    else:
        messages.warning(request, NOTHING)
    return redirect("office:publications")


def _visible(request: StaffRequest) -> Any:
    found = Publication.objects.all()
    if scope := request.membership.services:
        found = found.filter(position__service__code__in=scope)
    if service := request.GET.get("servizio", "").replace("\0", ""):
        found = found.filter(position__service__code=service)
    if words := request.GET.get("q", "").replace("\0", "").strip()[:100]:
        found = found.filter(Q(words__icontains=words) | Q(code__iexact=words))
    return found


def _services(request: StaffRequest) -> Any:
    offered = Service.objects.order_by("name")
    scope = request.membership.services
    return offered.filter(code__in=scope) if scope else offered


def _retriable(shown: Any) -> set[int]:
    """Of the rows on the page, those that may be asked again."""
    rows = Publication.objects.filter(pk__in=[row.pk for row in shown])
    return set(may_be_retried(rows).values_list("pk", flat=True))


def _kept(shown: Any) -> set[int]:
    """Of the rows on the page, the withdrawals that wait for what takes the position's place."""
    waiting = {
        row.pk: row.position_id
        for row in shown
        if (row.action, row.state) == (Publication.Action.WITHDRAW, Publication.State.ASKED)
    }
    kept = kept_until_replaced(set(waiting.values()))
    return {pk for pk, position_id in waiting.items() if position_id in kept}
