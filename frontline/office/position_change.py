"""Putting an open position right: what each notice asks for and by when, or who owes it; always with a reason."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Instalment, Position
from billing.services.changes import change_position, correct_debtor
from billing.services.positions import NewInstalment
from billing.states import InstalmentState, PositionState
from frontline.access import StaffRequest, staff
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, posted
from frontline.office.positions import access_position
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from registry.models import Subject
from registry.rules.addresses import PostalAddress
from registry.services.corrections import Correction
from tenants.roles import Capability

CLOSED = "La posizione è già pagata o annullata: non si può modificare."


class WithReason(forms.Form):
    """Why, in words: it stays in the story of the position."""

    reason = forms.CharField(
        label="Motivo", max_length=200,
        help_text="Per esempio il numero del provvedimento. Resta scritto nella storia della posizione.",
        error_messages={"required": "Scrivere il motivo: resta nella storia della posizione."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class ChangeForm(WithReason):
    """An amount and a day for each notice that can still be paid; ``version`` is the one the reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ["version"]

    def __init__(self, data: Any, *, position: Position) -> None:
        self.payable = [i for i in _by_number(position) if i.state == InstalmentState.PAYABLE]
        super().__init__(data, initial={"version": position.version})
        for i in self.payable:
            self.fields[f"amount_{i.number}"] = EuroField(
                label=f"Importo · {name_of(i)}", initial=i.amount_cents
            )
            self.fields[f"due_{i.number}"] = forms.DateField(
                label=f"Scadenza · {name_of(i)}", initial=i.due_on,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )  # fmt: skip
        self.order_fields([*(f for f in self.fields if f != "reason"), "reason"])

    def ways(self) -> list[NewInstalment]:
        given: dict[str, Any] = self.cleaned_data
        return [
            NewInstalment(i.number, given[f"due_{i.number}"], given[f"amount_{i.number}"])
            for i in self.payable
        ]


class DebtorForm(WithReason):
    """Everything on file about the debtor but the ways to reach her."""

    name = forms.CharField(label="Denominazione", max_length=140)
    codice_fiscale = forms.CharField(
        label="Codice fiscale o partita IVA", max_length=16, required=False
    )
    street = forms.CharField(label="Via", max_length=70, required=False)
    civic = forms.CharField(label="Numero civico", max_length=16, required=False)
    cap = forms.CharField(label="CAP", max_length=16, required=False)
    city = forms.CharField(label="Comune", max_length=60, required=False)
    province = forms.RegexField(
        r"^[A-Za-z]{2}$", label="Provincia", max_length=2, required=False,
        help_text="La sigla, per esempio RM.",
    )  # fmt: skip
    field_order = [
        "name", "codice_fiscale", "street", "civic", "cap", "city", "province", "reason",
    ]  # fmt: skip

    def correction(self, subject: Subject) -> Correction:
        given = {name: self.cleaned_data[name].strip() for name in self.field_order[:-1]}
        upper = {name: given[name].upper() for name in ("codice_fiscale", "province")}
        told = given | upper
        name, code = told.pop("name"), told.pop("codice_fiscale")
        return Correction(code, name, PostalAddress(**told, country=subject.country))


@staff(Capability.LITIGATE)
def change(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Amounts and due days; what is on pagoPA follows."""
    position = access_position(request, uuid)
    if position.state in (PositionState.SETTLED, PositionState.WITHDRAWN):
        messages.error(request, CLOSED)
        return redirect("office:position", uuid=uuid)
    form = ChangeForm(posted(request)[0], position=position)
    if request.method == "POST" and form.is_valid() and _changed(request, position, form):
        messages.success(request, f"La posizione {position.reference} è modificata.")
        return redirect("office:position", uuid=uuid)
    return _page(request, "office/position_change.html", position, form, "Modifica")


@staff(Capability.LITIGATE)
def debtor(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The debtor's data, on all of her positions."""
    position = access_position(request, uuid)
    subject = position.subject
    known = {name: getattr(subject, name) for name in DebtorForm.field_order[:-1]}
    form = DebtorForm(posted(request)[0], initial=known)
    if request.method == "POST" and form.is_valid() and _corrected(request, subject, form):
        return redirect("office:position", uuid=uuid)
    return _page(request, "office/position_debtor.html", position, form, "Dati del debitore")


def name_of(instalment: Instalment) -> str:
    return f"{instalment.number}ª rata" if instalment.number else "rata unica"


def _changed(request: StaffRequest, position: Position, form: ChangeForm) -> bool:
    try:
        change_position(
            position_id=position.pk, ways=form.ways(), expected_version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"], actor=request.actor, at=now(),
        )  # fmt: skip
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _corrected(request: StaffRequest, subject: Subject, form: DebtorForm) -> bool:
    try:
        count = correct_debtor(
            subject_id=subject.pk, correction=form.correction(subject),
            reason=form.cleaned_data["reason"], actor=request.actor, at=now(),
        )  # fmt: skip
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    told = (
        "una posizione aperta viene aggiornata"
        if count == 1
        else f"{count} posizioni aperte vengono aggiornate"
    )
    messages.success(request, f"I dati di {subject.name} sono corretti; {told} su pagoPA.")
    return True


def _page(
    request: StaffRequest, template: str, position: Position, form: forms.Form, title: str
) -> HttpResponse:
    here = reverse("office:position", args=[position.uuid])
    trail = crumbs(
        ("Posizioni", reverse("office:positions")), (position.reference, here), (title, "")
    )
    page = {"position": position, "form": form, "crumbs": trail}
    return render(request, template, page, status=422 if form.errors else 200)


def _by_number(position: Position) -> list[Instalment]:
    return sorted(position.instalments.all(), key=lambda i: i.number)
