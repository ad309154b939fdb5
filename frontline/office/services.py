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
from frontline.office.account_fields import clean_iban, clean_postal_iban, clean_taxonomy
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, posted
from frontline.office.pairs_field import PairsField
from paybox.kernel.clock import now
from tenants.roles import Capability

if TYPE_CHECKING:
    _Form = forms.ModelForm[Service]
else:
    _Form = forms.ModelForm  # not a generic class at run time


DEMAND_CODE = 5  # characters


class ServiceForm(_Form):
    """What an administrator may change; the code stays for ever."""

    fixed_amount_cents = EuroField(
        label="Importo fisso", required=False,
        help_text="Solo per i pagamenti spontanei con importo stabilito; altrimenti lo indica il cittadino.",
    )  # fmt: skip
    stamp_cents = EuroField(
        label="Marca da bollo digitale", required=False,
        help_text=(
            "Di norma 16,00 €: si aggiunge all'importo. Il cittadino allega il documento, di cui si conserva solo "
            "l'impronta. Vuoto: nessuna marca. Serve una via verso pagoPA che la ammetta (non l'intermediario SOAP)."
        ),
    )  # fmt: skip
    reminder_minimum_cents = EuroField(
        label="Importo minimo per sollecitare",
        help_text=(
            "Sotto questa somma non parte alcun sollecito. Per un tributo, dove il regolamento non dice altro, "
            "sono 12 euro l'anno (art. 25 L. 289/2002)."
        ),
    )

    metadata = PairsField(
        label="Metadati per pagoPA", required=False, most=15,
        help_text="Una riga per dato, nella forma «chiave = valore». Accompagnano ogni pagamento di questo tipo.",
    )  # fmt: skip
    demand_names = PairsField(
        label="Nomi dei campi nel catalogo pagoPA", required=False, most=30,
        help_text=(
            "Una riga per campo: «nome nel catalogo = campo nostro». Campi nostri: codice_fiscale, denominazione, "
            "importo e quelli del modulo. Vuoto: codiceFiscale, denominazione, importo."
        ),
    )  # fmt: skip

    class Meta:
        model = Service
        fields = [
            "name", "causale", "taxonomy", "sector", "second_language", "accounting_code", "accounting_entry", "iban", "postal_iban", "metadata",
            "accepts_late_payment", "allows_spontaneous", "fixed_amount_cents", "stamp_cents", "due_after_days",
            "allows_demand",
            "demand_code", "demand_names", "reminder_minimum_cents", "is_active",
        ]  # fmt: skip
        labels = {
            "name": "Nome", "causale": "Causale proposta", "taxonomy": "Codice tassonomico pagoPA",
            "sector": "Ufficio responsabile", "second_language": "Seconda lingua degli avvisi", "accounting_code": "Codice di bilancio o capitolo",
            "accounting_entry": "Accertamento contabile",
            "iban": "IBAN di accredito", "postal_iban": "IBAN postale", "accepts_late_payment": "Si può pagare anche dopo la scadenza",
            "allows_spontaneous": "Offerto al pubblico come pagamento spontaneo",
            "due_after_days": "Giorni di tempo per pagare", "is_active": "In uso",
            "allows_demand": "Offerto anche presso banche e punti di pagamento, senza avviso",
            "demand_code": "Codice nel catalogo dei servizi pagoPA",
        }  # fmt: skip
        help_texts = {
            "iban": "Vuoto: si usa quello dell'Ente.",
            "accounting_entry": "Anno e numero con cui la ragioneria ha accertato l'entrata, per esempio 2026/145. Compare nel libro degli incassi.",
            "second_language": "L'avviso in PDF ha in fondo una pagina che ripete tutto in questa lingua.",
            "postal_iban": "Il conto corrente postale su cui si paga con bollettino. Vuoto: si usa quello dell'Ente.",
            "demand_code": "Cinque caratteri, assegnati da pagoPA.",
            "taxonomy": "Per esempio 9/0101101IM/.",
            "due_after_days": "Per i pagamenti spontanei, contati dal giorno della richiesta.",
        }

    def clean_iban(self) -> str:
        return clean_iban(self.cleaned_data["iban"])

    def clean_postal_iban(self) -> str:
        return clean_postal_iban(self.cleaned_data["postal_iban"])

    def clean_taxonomy(self) -> str:
        return clean_taxonomy(self.cleaned_data["taxonomy"])

    def clean(self) -> dict[str, Any]:
        """A PSP opens what the public form opens: one cannot be had without the other."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("allows_demand") and len(given.get("demand_code", "")) != DEMAND_CODE:
            self.add_error("demand_code", "Scrivere i cinque caratteri del codice nel catalogo.")
        if given.get("allows_demand") and not given.get("allows_spontaneous"):
            self.add_error(
                "allows_demand", "Prima va offerto al pubblico come pagamento spontaneo."
            )
        return given


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
