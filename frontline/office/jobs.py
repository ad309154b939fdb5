"""Long work seen from outside: how far it is, how it ended, what it made."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from billing.models import Bollettazione, Load
from frontline.access import StaffRequest, staff
from frontline.office.loads import loads_in
from frontline.office.pages import crumbs
from paybox.kernel.models import Job
from tenants.roles import Capability

ENDED = (Job.State.DONE, Job.State.CANCELLED, Job.State.FAILED)


@staff(Capability.SEE)
def job(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The whole page, or only its moving part when the page itself asks."""
    shown, load = access_job(request, uuid)
    page = {
        "job": shown,
        "load": load,
        "ended": shown.state in ENDED,
        "crumbs": crumbs(
            ("Caricamenti", reverse("office:loads")),
            (load.filename, reverse("office:load", args=[load.uuid])),
            ("Lavoro", ""),
        ),
    }
    return render(request, "office/job.html#progress" if request.htmx else "office/job.html", page)


@staff(Capability.PUBLISH)
def result(request: StaffRequest, uuid: UUID) -> FileResponse:
    """The file that the work made."""
    shown, load = access_job(request, uuid)
    if not shown.result_file or not default_storage.exists(shown.result_file):
        raise Http404("Nessun file")
    name = f"avvisi-{load.service.code}-{load.pk}.zip"
    answer = FileResponse(
        default_storage.open(shown.result_file), as_attachment=True, filename=name
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def access_job(request: StaffRequest, uuid: UUID) -> tuple[Job, Load]:
    """The job and the load it works on, if the reader may see that load. Raises Http404."""
    found = Job.objects.filter(uuid=uuid).first()
    if found is None:
        raise Http404("Lavoro inesistente")
    visible = loads_in(request).select_related("service")
    if "load" in found.details:
        load = visible.filter(uuid=found.details["load"]).first()
    else:
        load = visible.filter(
            pk__in=Bollettazione.objects.filter(job=found).values("load_id")
        ).first()
    if load is None:
        raise Http404("Lavoro inesistente")
    return found, load
