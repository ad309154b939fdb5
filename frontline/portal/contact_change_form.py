"""What a citizen says has changed: an address in Italy, an e-mail, a telephone; one of them at least."""

from django import forms

from frontline.portal.forms import TEXT, PortalForm, read_by, read_optional_email
from registry.models import Contact
from registry.rules.addresses import AddressRefused, PostalAddress, read_address
from registry.rules.contacts import read_landline, read_mobile

_PARTS = ("street", "civic", "cap", "city", "province")


class ContactChangeForm(PortalForm):
    """The parts of an address are asked together; after ``is_valid``, ``address`` and ``contacts``."""

    address: PostalAddress | None = None

    street = forms.CharField(
        label="Via o piazza", required=False, max_length=100,
        widget=forms.TextInput({**TEXT, "autocomplete": "address-line1"}),
    )  # fmt: skip
    civic = forms.CharField(
        label="Numero civico", required=False, max_length=20,
        widget=forms.TextInput({**TEXT, "autocomplete": "off"}),
    )  # fmt: skip
    cap = forms.CharField(
        label="CAP", required=False, max_length=10,
        widget=forms.TextInput({**TEXT, "inputmode": "numeric", "autocomplete": "postal-code"}),
    )  # fmt: skip
    city = forms.CharField(
        label="Comune", required=False, max_length=60,
        widget=forms.TextInput({**TEXT, "autocomplete": "address-level2"}),
    )  # fmt: skip
    province = forms.CharField(
        label="Provincia", required=False, max_length=30, help_text="La sigla, per esempio RM.",
        widget=forms.TextInput({**TEXT, "autocomplete": "address-level1"}),
    )  # fmt: skip
    email = forms.CharField(
        label="E-mail", required=False, max_length=254,
        widget=forms.EmailInput({**TEXT, "autocomplete": "email"}),
        error_messages={"max_length": "L'indirizzo e-mail è troppo lungo."},
    )  # fmt: skip
    mobile = forms.CharField(
        label="Cellulare", required=False, max_length=30,
        widget=forms.TextInput({**TEXT, "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"max_length": "Il numero è troppo lungo."},
    )  # fmt: skip

    landline = forms.CharField(
        label="Telefono fisso", required=False, max_length=30,
        widget=forms.TextInput({**TEXT, "autocomplete": "off", "inputmode": "tel"}),
        error_messages={"max_length": "Il numero è troppo lungo."},
    )  # fmt: skip

    def clean_email(self) -> str:
        return read_optional_email(self.cleaned_data["email"])

    def clean_mobile(self) -> str:
        typed = self.cleaned_data["mobile"]
        return read_by(read_mobile, typed) if typed.strip() else ""

    def clean_landline(self) -> str:
        typed = self.cleaned_data["landline"]
        return read_by(read_landline, typed) if typed.strip() else ""

    def clean(self) -> None:
        if self.errors:
            return
        parts = {name: self.cleaned_data[name] for name in _PARTS}
        try:
            self.address = read_address(**parts) if any(parts.values()) else None
        except AddressRefused as refusal:
            self.add_error(None, f"Nell'indirizzo {refusal}.")
            return
        if self.address is None and not self.contacts:
            self.add_error(
                None, "Scrivere che cosa è cambiato: l'indirizzo, l'e-mail o il telefono."
            )

    @property
    def contacts(self) -> dict[str, str]:
        """Kind → value, of what was given."""
        told = (
            (Contact.Kind.EMAIL.value, self.cleaned_data["email"]),
            (Contact.Kind.MOBILE.value, self.cleaned_data["mobile"]),
            (Contact.Kind.LANDLINE.value, self.cleaned_data["landline"]),
        )
        return {kind: value for kind, value in told if value}
