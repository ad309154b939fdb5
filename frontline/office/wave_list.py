"""Messages from a list: a CSV of telephones and amounts becomes a simulated sending."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.services.listing import plan_list
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.service_form import ServiceForm, service_field, services_of
from frontline.office.uploads import TABLE, file_field
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class ListForm(ServiceForm):
    """The file, and the service in whose name one writes."""

    service = service_field("Scegliere per quale tipo di dovuto si scrive.")
    file = file_field(
        "Elenco (CSV)", missing="Scegliere il file dell'elenco.", accepts=TABLE,
        help_text="Al massimo 20 MB e 100.000 righe.",
    )  # fmt: skip


@staff(Capability.SEND)
def upload(request: StaffRequest) -> HttpResponse:
    """Simulate: nothing leaves."""
    form = ListForm(*posted(request), services=services_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            wave = plan_list(
                service_id=form.cleaned_data["service"].pk, raw=form.cleaned_data["file"].read(),
                ente=request.tenant, actor=request.actor, at=now(), today=today(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("office:wave", uuid=wave.uuid)
    trail = crumbs(
        ("Invii", reverse("office:waves")), ("Nuovo invio", reverse("office:wave_plan")), ("Elenco", "")
    )  # fmt: skip
    page = {"form": form, "crumbs": trail}
    return render(request, "office/wave_list.html", page, status=422 if form.errors else 200)
