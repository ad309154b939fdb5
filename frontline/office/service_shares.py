"""The other bodies that a *tipo di dovuto* is partly of: who, on which account, how much."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from billing.models import Service
from billing.rules.shares import MAX_TRANSFERS, WHOLE, Measure, divide, read_shares
from billing.services.catalogue import change_service
from frontline.access import StaffRequest, staff
from frontline.office.account_fields import clean_iban, clean_postal_iban, clean_taxonomy
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, posted
from frontline.office.row_forms import RowForm, all_valid, row_forms
from paybox.kernel.clock import now
from tenants.roles import Capability

_MEASURES = (
    (Measure.PERCENT.value, "Percentuale sul totale"),
    (Measure.ON_TOP.value, "Percentuale sulla parte dell'Ente"),
    (Measure.CENTS.value, "Importo fisso in euro"),
)


class ShareForm(RowForm):
    """One body; its names are those under which shares are kept."""

    needed = ("nome", "codice_fiscale", "iban", "tassonomia", "amount")
    always = ("measure",)

    nome = forms.CharField(label="Ente beneficiario", max_length=140, required=False)
    codice_fiscale = forms.RegexField(
        r"^[0-9]{11}$", label="Codice fiscale", required=False, max_length=11,
        error_messages={"invalid": "Il codice fiscale di un ente ha undici cifre."},
    )  # fmt: skip
    iban = forms.CharField(label="IBAN", max_length=42, required=False)
    iban_postale = forms.CharField(
        label="IBAN postale", max_length=42, required=False,
        help_text="Se c'è: serve perché l'avviso si possa pagare con bollettino.",
    )  # fmt: skip
    tassonomia = forms.CharField(
        label="Codice tassonomico", max_length=20, required=False,
        help_text="Per esempio 9/0201102IM/ per la TEFA.",
    )  # fmt: skip
    measure = forms.ChoiceField(label="Quanto gli spetta", choices=_MEASURES, required=False)
    amount = EuroField(
        label="Percentuale o importo", required=False, help_text="Per esempio 5 oppure 5,00."
    )

    def clean_iban(self) -> str:
        return clean_iban(self.cleaned_data["iban"])

    def clean_iban_postale(self) -> str:
        return clean_postal_iban(self.cleaned_data["iban_postale"])

    def clean_tassonomia(self) -> str:
        return clean_taxonomy(self.cleaned_data["tassonomia"])

    def kept(self) -> dict[str, Any]:
        given: dict[str, Any] = dict(self.cleaned_data)
        measure = given.pop("measure") or Measure.PERCENT.value
        words = {name: value for name, value in given.items() if value and name != "amount"}
        return words | {measure: given["amount"]}


@staff(Capability.ADMINISTER)
def shares(request: StaffRequest, pk: int) -> HttpResponse:
    service = get_object_or_404(Service, pk=pk)
    rows = row_forms(
        ShareForm, posted(request)[0], most=MAX_TRANSFERS - 1,
        initial=[_shown(one) for one in service.shares],
    )  # fmt: skip
    problem = ""
    if request.method == "POST" and all_valid(rows):
        kept = [row.kept() for row in rows if row.has_words]
        problem = _problem(kept)
        if not problem:
            change_service(
                service_id=service.pk, changes={"shares": kept}, actor=request.actor, at=now()
            )
            messages.success(request, f"Le quote di «{service.name}» sono aggiornate.")
            return redirect("office:service", pk=service.pk)
    bad = bool(problem) or any(row.errors for row in rows if row.is_bound)
    page = {"service": service, "rows": rows, "problem": problem, "crumbs": trail(service, "Quote")}
    return render(request, "office/service_shares.html", page, status=422 if bad else 200)


def trail(service: Service, last: str) -> list[tuple[str, str]]:
    """The way to a page of a service."""
    own = reverse("office:service", kwargs={"pk": service.pk})
    return crumbs(("Tipi di dovuto", reverse("office:services")), (service.code, own), (last, ""))


def _shown(kept: dict[str, Any]) -> dict[str, Any]:
    measure = next((value for value, _ in _MEASURES if value in kept), Measure.PERCENT.value)
    return {**kept, "measure": measure, "amount": kept.get(measure)}


def _problem(kept: list[dict[str, Any]]) -> str:
    """What is wrong with the shares together; a large credit stands for all."""
    if any(not one[measure] for one in kept for measure, _ in _MEASURES if measure in one):
        return "Ogni quota deve essere maggiore di zero."
    percent = sum(int(one.get(Measure.PERCENT.value, 0)) for one in kept)
    if percent >= WHOLE:
        return (
            "Le percentuali devono lasciare qualcosa all'Ente: la somma dev'essere minore di 100."
        )
    total = 100_000_000
    try:
        divide(payable_cents=total, total_cents=total, shares=read_shares(kept))
    except ValueError as wrong:
        return f"{wrong}."
    return ""
