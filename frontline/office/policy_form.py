"""What an administrator types of a procedure, step by step."""

from collections.abc import Iterable
from typing import Any

from django import forms

from dunning.models import PolicyStep
from dunning.rules.channels import CHANNELS
from dunning.rules.step_drafts import StepDraft
from dunning.rules.steps import LONGEST_LEAD, MAX_STEPS
from dunning.selectors.policies import CHARGE_NAMES
from frontline.office.money_field import EuroField

_CHANNEL = [("", "–"), *CHANNELS.items()]


class StepForm(forms.Form):
    """One step; a row left without its first channel is not there."""

    kind = forms.ChoiceField(label="Che cosa", choices=PolicyStep.Kind.choices)
    offset_days = forms.IntegerField(
        label="Giorni", min_value=-LONGEST_LEAD, max_value=3650, initial=10,
        help_text="Con il meno davanti, prima della scadenza: -7 è una settimana prima, solo per promemoria di cortesia.",
    )  # fmt: skip
    anchor = forms.ChoiceField(label="Contati", choices=PolicyStep.From.choices)
    first = forms.ChoiceField(label="Primo canale", choices=_CHANNEL, required=False)
    second = forms.ChoiceField(label="Se non arriva", choices=_CHANNEL, required=False)
    third = forms.ChoiceField(label="Poi ancora", choices=_CHANNEL, required=False)
    text = forms.ChoiceField(
        label="Testo", required=False,
        help_text="Quello ordinario è il testo in vigore per il tipo di passo. Un altro testo deve essere autorizzato per "
        "ogni canale del passo: se manca, il passo non parte.",
    )  # fmt: skip
    needs_approval = forms.BooleanField(
        label="Va approvato ogni volta", required=False, initial=True,
        help_text="Solo il promemoria prima della scadenza e il primo avviso possono partire da soli.",
    )  # fmt: skip
    minimum_cents = EuroField(label="Importo minimo", required=False)
    costs_cents = EuroField(label="Spese addebitate", required=False)
    charges = forms.MultipleChoiceField(
        label="Somme aggiunte", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, name.capitalize()) for kind, name in CHARGE_NAMES.items()],
        help_text="Ogni somma è un movimento e il credito si riapre con il nuovo totale.",
    )  # fmt: skip
    holdout_percent = forms.IntegerField(
        label="Gruppo di confronto, %", min_value=0, max_value=50, initial=0
    )

    def __init__(self, *args: Any, names: Iterable[str] = (), **given: Any) -> None:
        super().__init__(*args, **given)
        field = self.fields["text"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared above
        field.choices = [("", "Quello ordinario"), *((name, name) for name in names)]

    def draft(self) -> StepDraft | None:
        given = self.cleaned_data
        channels = [given[name] for name in ("first", "second", "third") if given.get(name)]
        if not channels:
            return None
        return StepDraft(
            given["kind"], given["anchor"], given["offset_days"], tuple(channels), given["needs_approval"],
            given["minimum_cents"] or 0, given["costs_cents"] or 0, given["holdout_percent"],
            tuple(given["charges"]), given["text"],
        )  # fmt: skip


StepFormSet = forms.formset_factory(StepForm, extra=1, max_num=MAX_STEPS + 1, validate_max=True)
