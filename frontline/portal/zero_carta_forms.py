"""ZERO_CARTA's forms: who she is (code and codice fiscale together), where she wants to be reached, the code she got."""

from django import forms

from billing.iuv import read_notice_number
from frontline.portal.forms import TEXT, PortalForm, read_by, read_code, read_optional_email
from registry.rules.consent import read_personal_code
from registry.rules.contacts import read_mobile


class IdentityForm(PortalForm):
    """The personal code of the invitation, or a notice's: neither says anything without the codice fiscale."""

    code = forms.CharField(
        label="Codice personale o codice avviso", max_length=40,
        help_text="Il codice di 10 segni stampato sull'invito, oppure le 18 cifre di un avviso di pagamento.",
        widget=forms.TextInput({**TEXT, "autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Scrivere il codice dell'invito o di un avviso.",
                        "max_length": "Il codice è troppo lungo."},
    )  # fmt: skip
    codice_fiscale = forms.CharField(
        label="Codice fiscale", max_length=30,
        help_text="Della persona o impresa a cui è indirizzato l'invito o l'avviso.",
        widget=forms.TextInput({**TEXT, "autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Scrivere il codice fiscale.",
                        "max_length": "Il codice fiscale ha 16 caratteri, oppure 11 cifre."},
    )  # fmt: skip

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        reader = (
            read_notice_number
            if typed.replace(" ", "").isdecimal() and len(typed) > 12
            else read_personal_code
        )
        return read_by(reader, typed)

    def clean_codice_fiscale(self) -> str:
        return read_code(self.cleaned_data["codice_fiscale"])


class ChoiceForm(PortalForm):
    """Her addresses and her yes."""

    email = forms.CharField(
        label="E-mail", required=False, max_length=254,
        help_text="Qui arriveranno gli avvisi. Le mandiamo un messaggio da confermare.",
        widget=forms.EmailInput({**TEXT, "autocomplete": "email"}),
        error_messages={"max_length": "L'indirizzo e-mail è troppo lungo."},
    )  # fmt: skip
    mobile = forms.CharField(
        label="Cellulare (facoltativo)", required=False, max_length=30,
        help_text="Per i promemoria delle scadenze. Le mandiamo un codice di 6 cifre.",
        widget=forms.TextInput({**TEXT, "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"max_length": "Il numero è troppo lungo."},
    )  # fmt: skip
    consent = forms.BooleanField(
        label="Ho letto e acconsento",
        widget=forms.CheckboxInput({"class": "form-check-input"}),
        error_messages={"required": "Per continuare serve il consenso."},
    )

    def clean_email(self) -> str:
        return read_optional_email(self.cleaned_data["email"])

    def clean_mobile(self) -> str:
        typed = self.cleaned_data["mobile"]
        return read_by(read_mobile, typed) if typed.strip() else ""

    def clean(self) -> None:
        given = self.cleaned_data
        if not self.errors and not (given.get("email") or given.get("mobile")):
            self.add_error("email", "Scrivere l'e-mail, il cellulare o tutti e due.")


class CodeForm(PortalForm):
    """The six digits of the SMS."""

    code = forms.RegexField(
        r"^\s*[0-9]{3}\s*[0-9]{3}\s*$", label="Codice ricevuto per SMS",
        widget=forms.TextInput({**TEXT, "inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": "Scrivere il codice di 6 cifre.", "invalid": "Il codice ha 6 cifre."},
    )  # fmt: skip
