"""For an Order: the members whom the Council may have to hear. A list and its file; the decision is the Council's."""

from collections.abc import Iterator

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from billing.models import Service
from dunning.models import Hold
from dunning.rules.limitation import CreditKind
from dunning.selectors.morosity import Defaulter, defaulters
from frontline.access import StaffRequest, staff
from frontline.office.list_files import list_response
from frontline.office.pages import crumbs, page_of
from frontline.office.service_form import services_of
from paybox.kernel.clock import today
from paybox.kernel.sheets import Euro
from tenants.roles import Capability

HEADER = (
    "codice_fiscale", "denominazione", "anni", "numero_anni", "importo", "prima_scadenza",
    "ultimo_atto_notificato", "sospeso_per",
)  # fmt: skip
USUAL_YEARS = 2


class YearsForm(forms.Form):
    """From how many unpaid years on."""

    anni = forms.IntegerField(label="Almeno anni non pagati", min_value=1, max_value=20)


@staff(Capability.LITIGATE)
def morosity(request: StaffRequest, pk: int) -> HttpResponse:
    service, years = _asked(request, pk)
    found = defaulters(service=service, least_years=years, on=today())
    page = {
        "service": service,
        "years": years,
        "form": YearsForm(initial={"anni": years}),
        "page": page_of(request, found),
        "count": len(found),
        "cents": sum(one.residual_cents for one in found),
        "reasons": dict(Hold.Reason.choices),
        "crumbs": crumbs(
            ("Riscossione coattiva", reverse("office:handovers")), ("Iscritti morosi", "")
        ),
    }
    return render(request, "office/morosity.html", page)


@staff(Capability.LITIGATE)
def morosity_file(request: StaffRequest, pk: int, form: str) -> HttpResponseBase:
    """The same list, for the papers of the sitting."""
    service, years = _asked(request, pk)
    found = defaulters(service=service, least_years=years, on=today())
    name = f"morosi-{service.code}-{today():%Y-%m-%d}"
    return list_response(form, name, _rows(found), schema=request.tenant.schema_name)


def dues_of(request: StaffRequest) -> QuerySet[Service]:
    """The services that are an Order's dues."""
    return services_of(request).filter(credit_rules__kind=CreditKind.ORDER_DUES)


def _asked(request: StaffRequest, pk: int) -> tuple[Service, int]:
    service = dues_of(request).filter(pk=pk).first()
    if service is None:
        raise Http404("Nessuna quota di un Ordine")
    form = YearsForm(request.GET)
    return service, form.cleaned_data["anni"] if form.is_valid() else USUAL_YEARS


def _rows(found: list[Defaulter]) -> Iterator[tuple[object, ...]]:
    reasons = dict(Hold.Reason.choices)
    yield HEADER
    for one in found:
        years = " ".join(str(year) for year in one.years)
        yield (
            one.subject.codice_fiscale, one.subject.name, years, len(one.years), Euro(one.residual_cents),
            one.oldest_due_on, one.served_on, reasons.get(one.held, ""),
        )  # fmt: skip
