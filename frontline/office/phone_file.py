"""One file of a campaign for the office: its trace, its notes read with a log, its papers; taken back, a promise withdrawn."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import PhoneDocument, PhoneFile, PhonePromise
from dunning.selectors.phone import owed_by
from dunning.selectors.phone_report import end_words
from dunning.selectors.phone_sheet import access_log
from dunning.services.phone_notes import read_notes
from dunning.services.phone_office import recall_phone_file
from dunning.services.phone_promises import withdraw_promise
from frontline.access import StaffRequest, staff
from frontline.office.phone import trail, visible_campaigns
from frontline.office.told import told
from paybox.kernel.clock import now
from tenants.roles import Capability

_SHOWN = 20


@staff(Capability.SEND)
def file(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One file; the notes are not here: they are asked for, and that is written down."""
    return _page(request, access_file(request, uuid), {})


@staff(Capability.SEND)
@require_POST
def notes(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The same page with the notes."""
    shown = access_file(request, uuid)
    read = read_notes(file_id=shown.pk, actor=request.actor, at=now())
    return _page(request, shown, {"noted": read})


@staff(Capability.SEND)
@require_POST
def recall(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown = access_file(request, uuid)
    reason = request.POST.get("motivo", "")[:500]
    return _done(
        request, shown, recall_phone_file, "La pratica è richiamata.", file_id=shown.pk, reason=reason
    )  # fmt: skip


@staff(Capability.SEND)
@require_POST
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """A promise taken back."""
    mine = PhonePromise.objects.filter(file__campaign__in=visible_campaigns(request))
    promise = mine.select_related("file").filter(pk=pk).first()
    if promise is None:
        raise Http404("Promessa inesistente")
    return _done(request, promise.file, withdraw_promise, "La promessa è ritirata.", promise_id=pk)


@staff(Capability.SEND)
def document(request: StaffRequest, uuid: UUID) -> FileResponse:
    """A paper she gave; never shown, always saved."""
    mine = PhoneDocument.objects.filter(file__campaign__in=visible_campaigns(request))
    kept = mine.filter(uuid=uuid).first()
    if kept is None or not default_storage.exists(kept.stored):
        raise Http404("Documento inesistente")
    endings = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
    answer = FileResponse(
        default_storage.open(kept.stored), as_attachment=True, content_type="application/octet-stream",
        filename=f"documento-{kept.pk}.{endings[kept.mime]}",
    )  # fmt: skip
    answer["Cache-Control"] = "private, no-store"
    return answer


def access_file(request: StaffRequest, uuid: UUID) -> PhoneFile:
    """Raises Http404."""
    mine = PhoneFile.objects.filter(campaign__in=visible_campaigns(request))
    found = mine.select_related("subject", "campaign__service").filter(uuid=uuid).first()
    if found is None:
        raise Http404("Pratica inesistente")
    return found


def _page(request: StaffRequest, shown: PhoneFile, more: dict[str, Any]) -> HttpResponse:
    page = {
        "file": shown,
        "ended": end_words(shown.state, shown.reason),
        "owed": owed_by(shown),
        "calls": shown.calls.exclude(outcome="").order_by("-at", "-pk")[:_SHOWN],
        "promises": shown.promises.order_by("-pk")[:_SHOWN],
        "tasks": shown.tasks.order_by("-pk")[:_SHOWN],
        "documents": shown.documents.order_by("pk"),
        "log": access_log(shown)[:_SHOWN],
        "crumbs": trail(
            (shown.campaign.name, reverse("office:phone_campaign", args=[shown.campaign.uuid])),
            (shown.subject.name, ""),
        ),
        **more,
    }
    return render(request, "office/phone_file.html", page)


def _done(
    request: StaffRequest, shown: PhoneFile, service: Callable[..., Any], done: str, **given: Any
) -> HttpResponse:
    with told(request, done):
        service(actor=request.actor, at=now(), **given)
    return redirect("office:phone_file", uuid=shown.uuid)
