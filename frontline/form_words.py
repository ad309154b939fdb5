"""What a form answers to what cannot be read: said as the office says it, not to a «tu», and with the limit in it.

Before: Django's own Italian.  After: every form of the desk and of the portal, unless a field says its own words.
"""

from django import forms
from django.core import validators

_FIELDS: dict[type[forms.Field], dict[str, str]] = {
    forms.IntegerField: {"invalid": "Scrivere un numero intero."},
    forms.DecimalField: {"invalid": "Scrivere un numero, con la virgola prima dei decimali."},
    forms.DateField: {"invalid": "Scrivere una data, come 16/06/2026."},
    forms.TimeField: {"invalid": "Scrivere un'ora, come 9:30."},
    forms.DateTimeField: {"invalid": "Scrivere il giorno e l'ora, come 16/06/2026 9:30."},
    forms.ChoiceField: {"invalid_choice": "Scegliere una voce dell'elenco."},
    forms.MultipleChoiceField: {"invalid_choice": "Scegliere fra le voci dell'elenco."},
    forms.ModelChoiceField: {"invalid_choice": "Scegliere una voce dell'elenco."},
    forms.FileField: {"missing": "Scegliere un file.", "empty": "Il file è vuoto."},
}
_VALIDATORS: dict[type, str] = {
    validators.MinValueValidator: "Il valore minimo è %(limit_value)s.",
    validators.MaxValueValidator: "Il valore massimo è %(limit_value)s.",
    validators.MinLengthValidator: "Servono almeno %(limit_value)s caratteri.",
    validators.MaxLengthValidator: "Al massimo %(limit_value)s caratteri: sono %(show_value)s.",
    validators.EmailValidator: "Scrivere un indirizzo e-mail, come nome@esempio.it.",
    validators.URLValidator: "Scrivere un indirizzo completo, come https://www.esempio.it.",
    validators.RegexValidator: "Il valore non è scritto nel modo richiesto.",
}
_DECIMALS = {
    "invalid": "Scrivere un numero, con la virgola prima dei decimali.",
    "max_digits": "Al massimo %(max)s cifre.",
    "max_decimal_places": "Al massimo %(max)s decimali.",
    "max_whole_digits": "Al massimo %(max)s cifre prima della virgola.",
}


def say_it_plainly() -> None:
    """Once, before any form is declared: fields take their words from here as they are made."""
    for field, words in _FIELDS.items():
        field.default_error_messages = {**field.default_error_messages, **words}
    for validator, said in _VALIDATORS.items():
        validator.message = said  # type: ignore[attr-defined]  # every one of these has it
    validators.DecimalValidator.messages = {**validators.DecimalValidator.messages, **_DECIMALS}
