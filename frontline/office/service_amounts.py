"""What a *tipo di dovuto* asks for beyond what is printed: interest, costs, less for who pays at once; each from a day on."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from billing.models import Service
from billing.rules.amount_due import RuleKind
from billing.services.catalogue import change_service
from frontline.access import StaffRequest, staff
from frontline.office.money_field import EuroField
from frontline.office.pages import posted
from frontline.office.row_forms import RowForm, all_valid, row_forms
from frontline.office.service_shares import trail
from paybox.kernel.clock import now
from tenants.roles import Capability

MOST = 8
_LEGAL, _RATE = "LEGALI", "TASSO"
_KINDS = (
    ("", "—"),
    (_LEGAL, "Interessi legali"),
    (_RATE, "Interessi a un tasso fisso (per cento all'anno)"),
    (RuleKind.COSTS.value, "Spese (euro)"),
    (RuleKind.REDUCTION.value, "Riduzione per chi paga subito (per cento)"),
)
# The name under which the figure of each kind is kept.
_FIGURES = {_RATE: "tasso", RuleKind.COSTS.value: "centesimi", RuleKind.REDUCTION.value: "percento"}
_WHOLE = 100_00


class AmountRuleForm(RowForm):
    """One rule, from a day on."""

    needed = ("kind", "since", "days")

    kind = forms.ChoiceField(label="Che cosa cambia", choices=_KINDS, required=False)
    figure = EuroField(
        label="Quanto", required=False,
        help_text="Euro o percentuale; vuoto per gli interessi legali, zero per far cessare la regola precedente.",
    )  # fmt: skip
    days = forms.IntegerField(
        label="Giorni", required=False, min_value=0, max_value=3650,
        help_text="Interessi e spese: dopo quanti giorni dalla scadenza. Riduzione: entro quanti giorni dall'avviso.",
    )  # fmt: skip
    since = forms.DateField(
        label="Per i dovuti aperti dal", required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        kind, figure = given.get("kind"), given.get("figure")
        if kind in _FIGURES and figure is None and "figure" not in self.errors:
            self.add_error("figure", "Scrivere quanto.")
        if kind == RuleKind.REDUCTION and (figure or 0) >= _WHOLE:
            self.add_error("figure", "La riduzione dev'essere minore del 100 per cento.")
        return given

    def kept(self) -> dict[str, Any]:
        given = self.cleaned_data
        kind: str = given["kind"]
        rule = {
            "tipo": RuleKind.INTEREST.value if kind in (_LEGAL, _RATE) else kind,
            "dal": given["since"].isoformat(),
            "giorni": given["days"],
        }
        return rule | ({_FIGURES[kind]: given["figure"]} if kind in _FIGURES else {})


@staff(Capability.ADMINISTER)
def amounts(request: StaffRequest, pk: int) -> HttpResponse:
    service = get_object_or_404(Service, pk=pk)
    rows = row_forms(
        AmountRuleForm, posted(request)[0], most=max(MOST, len(service.amount_rules) + 1),
        initial=[_shown(one) for one in service.amount_rules],
    )  # fmt: skip
    if request.method == "POST" and all_valid(rows):
        kept = [row.kept() for row in rows if row.has_words]
        change_service(
            service_id=service.pk, changes={"amount_rules": kept}, actor=request.actor, at=now()
        )
        messages.success(request, f"Le regole di «{service.name}» sono aggiornate.")
        return redirect("office:service", pk=service.pk)
    bad = any(row.errors for row in rows if row.is_bound)
    page = {"service": service, "rows": rows, "crumbs": trail(service, "Importo del giorno")}
    return render(request, "office/service_amounts.html", page, status=422 if bad else 200)


def _shown(kept: dict[str, Any]) -> dict[str, Any]:
    kind = kept["tipo"]
    if kind == RuleKind.INTEREST:
        kind = _LEGAL if kept.get("tasso") is None else _RATE
    figure = kept.get(_FIGURES[kind]) if kind in _FIGURES else None
    since = date.fromisoformat(kept["dal"])
    return {"kind": kind, "figure": figure, "days": kept.get("giorni", 0), "since": since}
