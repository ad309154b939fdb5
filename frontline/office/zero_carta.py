"""ZERO_CARTA's figures: how many can be reached without paper, who chose it, what it has saved; and the unit costs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.rules.savings import UnitCosts
from dunning.selectors.invitations import funnel_of
from dunning.selectors.savings import costs_in_force, measured_savings
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import ROME, now, today
from paybox.kernel.problems import Refused
from registry.selectors.consents import Coverage, coverage
from registry.services.paper_costs import set_paper_costs
from tenants.roles import Capability

_COSTS = {
    "sheet_mills": "Un foglio di carta (€)",
    "printing_mills": "La stampa di un foglio (€)",
    "postage_mills": "Busta, imbustamento e affrancatura di un avviso (€)",
    "process_mills": "Lavoro dell'ufficio per un avviso (€)",
}


class CostsForm(forms.Form):
    """Euros with up to three decimals, as they stand on an offer."""

    sheets = forms.IntegerField(label="Fogli A4 di un avviso", min_value=1, max_value=50)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in _COSTS.items():
            self.fields[name] = forms.DecimalField(
                label=label, min_value=0, max_value=100, decimal_places=3, localize=True
            )

    def mills(self) -> dict[str, int]:
        given = {name: int(self.cleaned_data[name] * 1000) for name in _COSTS}
        return {"sheets": self.cleaned_data["sheets"], **given}


@staff(Capability.SEE)
def figures(request: StaffRequest) -> HttpResponse:
    """Of the year in ``?anno=``, this one when not asked."""
    this, asked = today().year, whole_number(request.GET.get("anno", ""))
    year = asked if asked is not None and this - 20 <= asked <= this else this
    found = coverage()
    page = {
        "coverage": found,
        "rows": _rows(found),
        "savings": measured_savings(since=_first(year), until=_first(year + 1)),
        "costs": costs_in_force(),
        "funnel": funnel_of(),
        "year": year,
        "years": range(this, this - 3, -1),
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("Senza carta", "")),
    }
    return render(request, "office/zero_carta.html", page)


@staff(Capability.ADMINISTER)
def costs(request: StaffRequest) -> HttpResponse:
    """The unit costs that the savings are counted with."""
    form = CostsForm(*posted(request), initial=_initial(costs_in_force()))
    if request.method == "POST" and form.is_valid():
        try:
            set_paper_costs(**form.mills(), actor=request.actor, at=now())
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            messages.success(request, "I costi valgono da adesso.")
            return redirect("office:zero_carta")
    page = {
        "form": form,
        "crumbs": crumbs(
            ("Invii", reverse("office:waves")),
            ("Senza carta", reverse("office:zero_carta")),
            ("Costi della carta", ""),
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "office/zero_carta_costs.html", page, status=status)


def _rows(found: Coverage) -> list[tuple[str, int, int]]:
    """Words, how many, percent of all."""
    counts = (
        ("Con un'e-mail che funziona", found.email),
        ("di cui verificata", found.email_verified),
        ("Con un cellulare che funziona", found.mobile),
        ("di cui verificato", found.mobile_verified),
        ("Con una PEC", found.pec),
        ("Hanno scelto l'e-mail con un consenso", found.consented),
        ("Sono tornati alla carta", found.withdrawn),
        ("Hanno un codice personale", found.invited),
    )
    return [(words, count, found.percent(count)) for words, count in counts]


def _first(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=ROME)


def _initial(now_in_force: UnitCosts) -> dict[str, Any]:
    given = {name: Decimal(getattr(now_in_force, name)) / 1000 for name in _COSTS}
    return {"sheets": now_in_force.sheets, **given}
