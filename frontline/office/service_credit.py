"""What the body has decided for one service where the law leaves it a choice: kind of credit, terms, hand-over."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from billing.models import Service
from dunning.models import CreditRules
from dunning.selectors.acts import rules_of
from dunning.services.credit_rules import keep_credit_rules
from frontline.access import StaffRequest, staff
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, posted
from frontline.office.rule_fields import BandsField, PeriodsField, law_bands
from paybox.kernel.clock import now
from tenants.roles import Capability

if TYPE_CHECKING:
    _Form = forms.ModelForm[CreditRules]
else:
    _Form = forms.ModelForm  # not a generic class at run time


def _digits(label: str, length: int, help_text: str = "") -> forms.RegexField:
    return forms.RegexField(
        rf"^\d{{{length}}}$", label=label, required=False, max_length=length, help_text=help_text,
        error_messages={"invalid": f"Scrivere {length} cifre."},
    )  # fmt: skip


class CreditRulesForm(_Form):
    """Each field is for the legal office of the body to confirm."""

    handover_minimum_cents = EuroField(
        label="Importo minimo per la riscossione coattiva",
        help_text="Sotto 10 € un atto non diventa titolo (c. 794 L. 160/2019).",
    )
    suspensions = PeriodsField(
        label="Periodi in cui i termini sono sospesi",
        help_text="Una riga per periodo: primo giorno, ultimo giorno e norma. Per esempio: 08/03/2020 31/05/2020 art. 67 D.L. 18/2020.",
    )  # fmt: skip
    plan_bands = BandsField(
        label="Dilazioni: rate per importo",
        help_text=f"Una riga per fascia: importo e rate al massimo, per esempio «500,00 4»; l'ultima «oltre 72». Vuoto: le fasce di legge ({law_bands()}).",
    )  # fmt: skip
    plan_minimum_cents = EuroField(label="Dilazioni: rata minima", required=False)
    plan_second_cents = EuroField(
        label="Dilazioni: oltre questo debito le concede una seconda persona", required=False,
        help_text="Vuoto: basta una persona, qualunque sia l'importo.",
    )  # fmt: skip
    ruolo_ente = _digits("Minuta di ruolo: codice dell'ente", 5, "Vuoto: la minuta non si scrive.")
    ruolo_comune = _digits("Minuta di ruolo: provincia e comune d'iscrizione", 6)
    ruolo_tributo = forms.RegexField(
        r"^[0-9A-Z]{4}$", label="Minuta di ruolo: codice tributo", required=False, max_length=4,
        error_messages={"invalid": "Scrivere quattro caratteri."},
    )  # fmt: skip

    class Meta:
        model = CreditRules
        fields = [
            "kind", "alert_days", "charges_on_everything", "reminder_days", "small_days",
            "handover_minimum_cents", "handover_needs_service", "mora_spread", "suspensions", "plan_bands",
            "plan_minimum_cents", "plan_spread", "plan_tolerance_days", "plan_second_cents", "plan_second_count", "ruolo_ente", "ruolo_comune", "ruolo_tributo",
        ]  # fmt: skip
        labels = {
            "kind": "Natura del credito",
            "alert_days": "Giorni di preavviso prima della prescrizione",
            "charges_on_everything": "Oneri di riscossione anche su sanzioni e interessi",
            "reminder_days": "Giorni d'attesa dopo il sollecito del c. 795, fino a 10.000 €",
            "small_days": "Giorni d'attesa dopo il sollecito del c. 795, fino a 1.000 €",
            "handover_needs_service": "Si consegna solo dopo un atto notificato",
            "mora_spread": "Maggiorazione di mora, centesimi di punto",
            "plan_spread": "Dilazioni: maggiorazione sul tasso legale, centesimi di punto",
            "plan_tolerance_days": "Dilazioni: giorni di tolleranza per una rata",
            "plan_second_count": "Dilazioni: oltre questo numero di rate le concede una seconda persona",
        }
        help_texts = {
            "kind": "Decide i termini di prescrizione e se è dovuta una sanzione.",
            "mora_spread": "200 sono due punti, il massimo (c. 802 L. 160/2019).",
            "plan_second_count": "Vuoto: basta una persona, quante che siano le rate.",
            "plan_spread": "Da -300 a 300: tre punti in più o in meno (c. 165 L. 296/2006).",
        }

    def clean_plan_minimum_cents(self) -> int:
        return self.cleaned_data["plan_minimum_cents"] or 0


@staff(Capability.ADMINISTER)
def credit(request: StaffRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Service, pk=pk)
    form = CreditRulesForm(posted(request)[0], instance=rules_of(shown))
    if request.method == "POST" and form.is_valid():
        keep_credit_rules(rules=form.instance, actor=request.actor, at=now())
        messages.success(request, f"Le regole di «{shown.name}» sono salvate.")
        return redirect("office:service", pk=pk)
    trail = crumbs(
        ("Tipi di dovuto", reverse("office:services")),
        (shown.code, reverse("office:service", args=[pk])),
        ("Riscossione e termini", ""),
    )
    page = {"service": shown, "form": form, "crumbs": trail}
    return render(request, "office/service_credit.html", page, status=422 if form.errors else 200)
