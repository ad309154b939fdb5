"""What the telephone leaves to the office: the queue, one file with its trace, notes read with a log, papers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.models import PhoneTask
from dunning.selectors.phone import owed_by
from dunning.services.phone_office import settle_phone_task
from frontline.access import NOT_IN_ROLE, StaffRequest, staff
from frontline.office.pages import page_of
from frontline.office.phone import trail, visible_campaigns
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability

_SHOWN = 20


@staff(Capability.SEND)
def tasks(request: StaffRequest) -> HttpResponse:
    """What waits, the oldest first; ``?tipo=RECLAMO`` with all of them is the register of complaints."""
    kind = request.GET.get("tipo", "")
    found = _tasks(request)
    if kind in PhoneTask.Kind.values:
        found = found.filter(kind=kind).order_by("-opened_at", "-pk")
    else:
        found = found.filter(settled_at__isnull=True).order_by("opened_at", "pk")
    page = {
        "page": page_of(request, found),
        "kind": kind if kind in PhoneTask.Kind.values else "",
        "kinds": PhoneTask.Kind.choices,
        "crumbs": trail(("Da vedere", "")),
    }
    return render(request, "office/phone_tasks.html", page)


@staff(Capability.SEND)
def task(request: StaffRequest, pk: int) -> HttpResponse:
    """One of them, and its answer. Another promise after two broken ones is for who may approve."""
    shown = _tasks(request).filter(pk=pk).first()
    if shown is None:
        raise Http404("Richiesta inesistente")
    problem = ""
    if request.method == "POST":
        if shown.kind == PhoneTask.Kind.SUPERVISOR and not request.membership.may(Capability.APPROVE):  # fmt: skip
            raise PermissionDenied(NOT_IN_ROLE)
        resume = "riprendi" in request.POST
        answer = request.POST.get("risposta", "")[:1000]
        try:
            settle_phone_task(
                task_id=pk, answer=answer, resume=resume, actor=request.actor, at=now()
            )
        except Refused as refusal:
            problem = f"{refusal}."
        else:
            messages.success(request, "La richiesta è chiusa.")
            return redirect("office:phone_tasks")
    page = {
        "task": shown,
        "file": shown.file,
        "owed": owed_by(shown.file),
        "documents": shown.file.documents.order_by("pk"),
        "problem": problem,
        "crumbs": trail(("Da vedere", reverse("office:phone_tasks")), (str(shown.get_kind_display()), "")),
    }  # fmt: skip
    return render(request, "office/phone_task.html", page, status=422 if problem else 200)


def _tasks(request: StaffRequest) -> QuerySet[PhoneTask]:
    mine = PhoneTask.objects.filter(file__campaign__in=visible_campaigns(request))
    return mine.select_related("file__subject", "file__campaign__service", "call")
