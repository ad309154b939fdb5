"""Files of credits: those that came, the form for a new one, and an example to start from."""

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Load, Service
from billing.rules.load_file import COLUMNS, MANDATORY, FileRefused
from billing.services.staging import stage_load
from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.service_form import ServiceForm, service_field, services_of
from frontline.office.uploads import SHEET, file_field
from paybox.kernel.clock import now, today
from tenants.roles import Capability

EXAMPLE = (
    (
        "TARI-2026-000001", "F", "RSSMRA80A01H501U", "Rossi Mario", "Via Roma", "1", "00010", "Borgo", "RM", "IT",
        "mario.rossi@example.org", "", "3331234567", "TARI 2026 - Via Roma 1", "2026", "120,00", "16/06/2026",
        "1", "16/06/2026", "60,00",
    ),
    (
        "TARI-2026-000001", "F", "RSSMRA80A01H501U", "Rossi Mario", "Via Roma", "1", "00010", "Borgo", "RM", "IT",
        "mario.rossi@example.org", "", "3331234567", "TARI 2026 - Via Roma 1", "2026", "120,00", "16/06/2026",
        "2", "16/12/2026", "60,00",
    ),
)  # fmt: skip


class UploadForm(ServiceForm):
    """A service and a file; what is wrong with the file is said next to it."""

    service = service_field("Scegliere a quale tipo di dovuto appartengono i crediti.")
    file = file_field(
        "File dei crediti", missing="Scegliere il file da caricare.", accepts=SHEET,
        help_text="CSV o XLSX, al massimo 100 MB. La prima riga contiene i nomi delle colonne.",
    )  # fmt: skip


@staff(Capability.SEE)
def loads(request: StaffRequest) -> HttpResponse:
    found = loads_in(request).select_related("service").order_by("-created_at", "-id")
    state = request.GET.get("stato", "")
    if state in Load.State.values:
        found = found.filter(state=state)
    page = {
        "page": page_of(request, found),
        "states": Load.State.choices,
        "state": state,
        "crumbs": crumbs(("Caricamenti", "")),
    }
    return render(request, "office/loads.html", page)


@staff(Capability.LOAD)
def upload(request: StaffRequest) -> HttpResponse:
    """Stage the file and go to its preview: nothing is opened yet."""
    services = services_of(request)
    form = UploadForm(*posted(request), services=services)
    if request.method == "POST" and form.is_valid():
        try:
            load = _stage(request, form.cleaned_data["service"], form.cleaned_data["file"])
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("office:load", uuid=load.uuid)
    page = {
        "form": form,
        "mandatory": MANDATORY,
        "optional": [name for name in COLUMNS if name not in MANDATORY],
        "crumbs": crumbs(("Caricamenti", reverse("office:loads")), ("Nuovo caricamento", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "office/upload.html", page, status=status)


@staff(Capability.SEE)
def example(request: StaffRequest) -> StreamingHttpResponse:
    """Two rate of one credit, to be opened in a spreadsheet and written over."""
    rows = [COLUMNS, *EXAMPLE]
    return csv_response("esempio-crediti.csv", rows, schema=request.tenant.schema_name)


def loads_in(request: StaffRequest) -> QuerySet[Load]:
    """The loads of the services the reader works on."""
    scope = request.membership.services
    return Load.objects.filter(service__code__in=scope) if scope else Load.objects.all()


def _stage(request: StaffRequest, service: Service, file: "UploadedFile[bytes]") -> Load:
    return stage_load(
        service=service, filename=file.name or "senza nome", raw=file.read(), actor=request.actor,
        at=now(), today=today(),
    )  # fmt: skip
