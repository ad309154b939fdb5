"""The *tipi di dovuto*: what this Ente collects, and the form to change how."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from billing.models import Service
from billing.services.catalogue import change_service
from frontline.access import StaffRequest, staff
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, posted
from paybox.kernel.clock import now
from tenants.roles import Capability

if TYPE_CHECKING:
    _Form = forms.ModelForm[Service]
else:
    _Form = forms.ModelForm  # not a generic class at run time


class ServiceForm(_Form):
    """What an administrator may change; the code stays for ever."""

    fixed_amount_cents = EuroField(
        label="Importo fisso", required=False,
        help_text="Solo per i pagamenti spontanei con importo stabilito; altrimenti lo indica il cittadino.",
    )  # fmt: skip
    reminder_minimum_cents = EuroField(
        label="Importo minimo per sollecitare",
        help_text="Sotto questa somma non parte alcun sollecito.",
    )

    class Meta:
        model = Service
        fields = [
            "name", "causale", "taxonomy", "sector", "accounting_code", "iban", "accepts_late_payment",
            "allows_spontaneous", "fixed_amount_cents", "due_after_days", "reminder_minimum_cents", "is_active",
        ]  # fmt: skip
        labels = {
            "name": "Nome", "causale": "Causale proposta", "taxonomy": "Codice tassonomico pagoPA",
            "sector": "Ufficio responsabile", "accounting_code": "Codice di bilancio",
            "iban": "IBAN di accredito", "accepts_late_payment": "Si può pagare anche dopo la scadenza",
            "allows_spontaneous": "Offerto al pubblico come pagamento spontaneo",
            "due_after_days": "Giorni di tempo per pagare", "is_active": "In uso",
        }  # fmt: skip
        help_texts = {
            "iban": "Vuoto: si usa quello dell'Ente.",
            "taxonomy": "Per esempio 9/0101101IM/.",
            "due_after_days": "Per i pagamenti spontanei, contati dal giorno della richiesta.",
        }

    def clean_iban(self) -> str:
        """Blanks away; the check digits must be right."""
        from schwifty import IBAN

        typed = "".join(self.cleaned_data["iban"].split()).upper()
        if typed and not IBAN(typed, allow_invalid=True).is_valid:
            raise forms.ValidationError("L'IBAN contiene un errore: controllare quanto scritto.")
        return typed


@staff(Capability.ADMINISTER)
def services(request: StaffRequest) -> HttpResponse:
    page = {
        "services": Service.objects.order_by("-is_active", "name"),
        "crumbs": crumbs(("Tipi di dovuto", "")),
    }
    return render(request, "office/services.html", page)


@staff(Capability.ADMINISTER)
def service(request: StaffRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Service, pk=pk)
    form = ServiceForm(posted(request)[0], instance=shown)
    if request.method == "POST" and form.is_valid():
        _keep(request, form)
        messages.success(request, f"«{shown.name}» è aggiornato.")
        return redirect("office:services")
    trail = crumbs(("Tipi di dovuto", reverse("office:services")), (shown.code, ""))
    page: dict[str, Any] = {"service": shown, "form": form, "crumbs": trail}
    return render(request, "office/service.html", page, status=422 if form.errors else 200)


def _keep(request: StaffRequest, form: ServiceForm) -> None:
    changes = {name: form.cleaned_data[name] for name in form.changed_data}
    change_service(service_id=form.instance.pk, changes=changes, actor=request.actor, at=now())
