"""What a citizen types, checked on the server and answered next to the field; here, the notice she holds."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms

from billing.iuv import read_notice_number
from paybox.kernel.problems import Refused
from registry.rules.codice_fiscale import check_codice_fiscale
from registry.rules.contacts import read_email

Value = TypeVar("Value")
TEXT = {"class": "form-control"}


class PortalForm(forms.Form):
    """Common to all: Italian words for what is missing, and errors that the eye finds."""

    use_required_attribute = False  # the browser's own bubbles would answer before our words

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.add_own_fields()
        for name in self.errors if self.is_bound else ():
            if name in self.fields:
                css = self.fields[name].widget.attrs
                css["class"] = f"{css.get('class', '')} is-invalid".strip()

    def add_own_fields(self) -> None:
        """For forms whose fields depend on data."""


class NoticeForm(PortalForm):
    """A notice by what is printed on it. Both fields are checked for typing errors before anything is looked up."""

    notice_number = forms.CharField(
        label="Codice avviso",
        max_length=40,
        help_text="Le 18 cifre stampate sull'avviso, con o senza spazi.",
        widget=forms.TextInput({**TEXT, "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": "Scrivere il codice avviso.",
            "max_length": "Il codice avviso ha 18 cifre.",
        },
    )
    codice_fiscale = forms.CharField(
        label="Codice fiscale",
        max_length=30,
        help_text="Della persona, impresa o ente a cui è intestato l'avviso.",
        widget=forms.TextInput(
            {**TEXT, "autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
        error_messages={
            "required": "Scrivere il codice fiscale.",
            "max_length": "Il codice fiscale ha 16 caratteri, oppure 11 cifre.",
        },
    )

    def clean_notice_number(self) -> str:
        return read_by(read_notice_number, self.cleaned_data["notice_number"])

    def clean_codice_fiscale(self) -> str:
        return read_code(self.cleaned_data["codice_fiscale"])


def email_field() -> forms.CharField:
    """Where pagoPA sends its confirmation; nobody must give one."""
    return forms.CharField(
        label="E-mail (facoltativa)",
        required=False,
        max_length=254,
        help_text="La usa pagoPA per mandare la conferma del pagamento.",
        widget=forms.EmailInput({**TEXT, "autocomplete": "email"}),
        error_messages={"max_length": "L'indirizzo e-mail è troppo lungo."},
    )


class PayerForm(PortalForm):
    """Who is about to leave for the checkout with several notices."""

    email = email_field()

    def clean_email(self) -> str:
        return read_optional_email(self.cleaned_data["email"])


def read_optional_email(typed: str) -> str:
    """Empty when none was given. pagoPA takes letters without accents only."""
    if not typed.isascii():
        raise forms.ValidationError("Scrivere un indirizzo e-mail senza lettere accentate.")
    return read_by(read_email, typed) if typed.strip() else ""


def read_code(typed: str) -> str:
    return read_by(lambda text: check_codice_fiscale(text).value, typed)


def read_by(reader: Callable[[str], Value], typed: str) -> Value:
    """What a rule reads, its refusal as the field's error: the sentence begins with a capital."""
    try:
        return reader(typed)
    except Refused as refusal:
        words = str(refusal)
        raise forms.ValidationError(f"{words[0].upper()}{words[1:].rstrip('.')}.") from refusal
