"""What is written during a call: how it ended, a paper, one more way to reach her."""

from datetime import datetime

from django import forms

from dunning.models import PhonePromise
from dunning.rules.phone_outcomes import OFFERED, Called
from dunning.services.phone_promises import Promised
from frontline.office.money_field import EuroField
from registry.models import Contact


class OutcomeForm(forms.Form):
    """How the call ended; the rest only where the outcome asks for it."""

    outcome = forms.ChoiceField(label="Com'è finita", choices=[("", "Scegliere"), *OFFERED])
    amount_cents = EuroField(
        label="Promette (euro)", required=False, help_text="Questo e i due campi sotto solo se promette di pagare."
    )  # fmt: skip
    due_on = forms.DateField(
        label="Pagherà entro il", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    method = forms.ChoiceField(
        label="Come pagherà", required=False, choices=[("", "Scegliere"), *PhonePromise.Method.choices]
    )  # fmt: skip
    back_at = forms.DateTimeField(
        label="Richiamare il", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M"], help_text="Solo se chiede di essere richiamato.",
    )  # fmt: skip
    note = forms.CharField(
        label="Nota", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Solo ciò che serve al pagamento: niente di salute, famiglia, opinioni. Chi la legge resta scritto.",
    )  # fmt: skip

    @property
    def promised(self) -> Promised | None:
        """With the outcome that is a promise, and all of it given."""
        given = self.cleaned_data
        whole = given["amount_cents"] is not None and given["due_on"] and given["method"]
        if given["outcome"] != Called.PROMISE or not whole:
            return None
        return Promised(given["amount_cents"], given["due_on"], given["method"])

    @property
    def call_back_at(self) -> datetime | None:
        asked: datetime | None = self.cleaned_data["back_at"]
        return asked if self.cleaned_data["outcome"] == Called.CALL_BACK else None


class PaperForm(forms.Form):
    """A paper about an earlier payment."""

    file = forms.FileField(
        label="Documento", max_length=200, help_text="PDF, JPEG o PNG, al massimo 10 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip
    note = forms.CharField(label="Che cosa mostra", required=False, max_length=300)


class ContactForm(forms.Form):
    """One more way to reach her."""

    kind = forms.ChoiceField(label="Tipo", choices=Contact.Kind.choices)
    value = forms.CharField(label="Recapito", max_length=254)
