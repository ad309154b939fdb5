"""The acts served for one credit: what proves each, what follows from them, and until when the next may be served."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from billing.models import Position
from billing.states import UNPAID
from dunning.models import CreditRules, ServedAct
from dunning.selectors.acts import calendar_after, rules_of
from dunning.selectors.limitation import Expiring, clocks_of
from dunning.selectors.served import acts_served
from dunning.services.served_acts import Notification, record_service
from frontline.access import StaffRequest, staff
from frontline.office.pages import posted
from frontline.office.position_litigation import day_field, position_page
from frontline.office.positions import access_position
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class ServedForm(forms.Form):
    """An act that reached the debtor."""

    kind = forms.ChoiceField(label="Atto", choices=ServedAct.Kind.choices)
    source = forms.ChoiceField(label="Prova", choices=ServedAct.Source.choices)
    reference = forms.CharField(
        label="Numero o identificativo della prova", max_length=100,
        help_text="Per esempio il numero della raccomandata o della relata.",
    )  # fmt: skip
    sent_on = day_field("Spedito il", required=False)
    perfected_on = day_field(
        "Notifica perfezionata il",
        help_text="Il giorno della consegna o, con la compiuta giacenza, dieci giorni dopo l'avviso.",
    )


@staff(Capability.LITIGATE)
def served(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The acts served for this credit, and a form for one more."""
    position = access_position(request, uuid)
    form = ServedForm(posted(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            record_service(
                position_id=position.pk, served=Notification(**form.cleaned_data),
                actor=request.actor, at=now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "La notifica è registrata.")
            return redirect("office:served", uuid=uuid)
    acts, rules = acts_served([position.pk])[position.pk], rules_of(position.service)
    page = {
        "acts": acts[::-1],
        "calendar": calendar_after(acts, position, rules),
        "clock": _clock(position, rules),
    }
    return position_page(
        request, "office/position_served.html", position, form, "Notifiche", **page
    )


def _clock(position: Position, rules: CreditRules) -> Expiring | None:
    """Until when, for what is still owed; None where the body has not said of what kind the credit is."""
    if position.state not in UNPAID or rules.pk is None:
        return None
    ((_, clock, acts),) = clocks_of([position], rules)
    return Expiring(position, clock, clock.days_left(on=today()), acts)
