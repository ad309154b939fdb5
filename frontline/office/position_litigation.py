"""Litigation on one position: the sums worked out line by line, read with their article, and only then charged."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Position
from billing.rules.notification_costs import WAY_NAMES, Way
from billing.states import PositionState
from dunning.rules.act_lines import ActLine, LineKind, act_lines, cents_of
from dunning.selectors.acts import (
    act_facts,
    may_sanction,
    ravvedimento_of,
    rules_of,
    title_calendar,
)
from dunning.services.acts import Costs, replace_position
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.position_change import WithReason
from frontline.office.positions import access_position
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability

CLOSED = "La posizione è già pagata o annullata: non si può sostituire."
MOVED = "Nel frattempo gli importi sono cambiati: controllare le nuove righe e confermare di nuovo."


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=required, help_text=help_text)


class ReplacementForm(WithReason):
    """What to charge, beside the credit itself."""

    way = forms.ChoiceField(
        label="Notifica", required=False,
        choices=[("", "Nessuna spesa"), *[(way.value, WAY_NAMES[way]) for way in Way]],
    )  # fmt: skip
    with_sanction = forms.BooleanField(
        label="Con la sanzione per omesso versamento", required=False,
        help_text="Solo con un atto di accertamento: mai con un sollecito.",
    )  # fmt: skip
    with_charges = forms.BooleanField(
        label="Con gli oneri di riscossione", required=False,
        help_text="Per un atto già notificato e divenuto esecutivo (c. 803 L. 160/2019).",
    )  # fmt: skip
    due_on = day_field("Nuova scadenza")
    field_order = ["way", "with_sanction", "with_charges", "due_on", "reason"]

    def __init__(self, data: Any, *, position: Position) -> None:
        super().__init__(data)
        rules = rules_of(position.service)
        if not may_sanction(position, rules):
            del self.fields["with_sanction"]
        if title_calendar(position, rules) is None:
            del self.fields["with_charges"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("due_on") and given["due_on"] < today():
            self.add_error("due_on", "La nuova scadenza è già passata.")
        return given

    def lines(self, position: Position) -> list[ActLine]:
        given = self.cleaned_data
        facts = act_facts(
            position,
            way=Way(given["way"]) if given["way"] else None,
            with_sanction=given.get("with_sanction", False),
            with_charges=given.get("with_charges", False),
            on=today(),
        )
        return act_lines(facts)


@dataclass(frozen=True, slots=True)
class _Reckoning:
    """The lines shown and their sum, in cents."""

    lines: list[ActLine]

    @property
    def total_cents(self) -> int:
        return sum(line.cents for line in self.lines)


@staff(Capability.LITIGATE)
def replace(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """First the lines, then the act: nothing is written until the total that was read is confirmed."""
    position = access_position(request, uuid)
    if position.state not in (PositionState.OPEN, PositionState.PARTLY_PAID):
        messages.error(request, CLOSED)
        return redirect("office:position", uuid=uuid)
    form = ReplacementForm(posted(request)[0], position=position)
    reckoning = None
    if request.method == "POST" and form.is_valid():
        try:
            reckoning = _Reckoning(form.lines(position))
            if "conferma" in request.POST:
                done = _replace(request, position, form, reckoning)
                if done is not None:
                    return redirect("office:position", uuid=done.uuid)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    ravvedimento = ravvedimento_of(position, rules_of(position.service), on=today())
    return position_page(
        request, "office/position_replace.html", position, form, "Sostituisci", reckoning=reckoning,
        ravvedimento_cents=ravvedimento,
    )  # fmt: skip


def _replace(
    request: StaffRequest, position: Position, form: ReplacementForm, reckoning: _Reckoning
) -> Position | None:
    """The new position; None when the figures are no longer those that were read."""
    if request.POST.get("total") != str(reckoning.total_cents):
        form.add_error(None, MOVED)
        return None
    lines = reckoning.lines
    costs = Costs(
        expenses_cents=cents_of(lines, LineKind.EXPENSES),
        sanctions_cents=cents_of(lines, LineKind.SANCTIONS),
        interest_cents=cents_of(lines, LineKind.INTEREST),
        charges_cents=cents_of(lines, LineKind.CHARGES),
    )
    new = replace_position(
        position_id=position.pk, costs=costs, reason=form.cleaned_data["reason"],
        due_on=form.cleaned_data["due_on"], segregation=request.tenant.segregation,
        actor=request.actor, at=now(),
    )  # fmt: skip
    messages.success(
        request, f"La posizione {new.reference} è sostituita: il nuovo avviso è pronto."
    )
    return new


def position_page(
    request: StaffRequest, template: str, position: Position, form: forms.Form, title: str, **more: Any
) -> HttpResponse:  # fmt: skip
    here = reverse("office:position", args=[position.uuid])
    trail = crumbs(
        ("Posizioni", reverse("office:positions")), (position.reference, here), (title, "")
    )
    page = {"position": position, "form": form, "crumbs": trail, **more}
    return render(request, template, page, status=422 if form.errors else 200)
