"""The form of a spontaneous payment: the fields of the service, which are data, then who pays and how much."""

from datetime import date
from typing import Any

from django import forms

from billing.models import Service
from billing.rules.stamps import MAX_NAME as MAX_DOCUMENT
from billing.rules.stamps import StampedDocument, StampRefused, check_imprint, imprint_of
from billing.services.form_answers import read_answers
from billing.services.spontaneous import MAX_SPONTANEOUS_CENTS
from frontline.portal.forms import (
    TEXT,
    PortalForm,
    email_field,
    read_by,
    read_code,
    read_optional_email,
)
from paybox.kernel.money import parse_cents
from registry.rules.names import clean_text, read_name
from registry.rules.places import PROVINCES

MAX_NAME = 70
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
_DATE_HELP = "Giorno, mese e anno: per esempio 31/01/2026."
_NUMBER_HELP = "Solo il numero: per esempio 12 oppure 12,5."


class SpontaneousForm(PortalForm):
    """The service's own fields, then who pays, then how much where the amount is not fixed."""

    denominazione = forms.CharField(
        label="Cognome e nome, oppure denominazione",
        max_length=MAX_NAME,
        widget=forms.TextInput({**TEXT, "autocomplete": "name"}),
        error_messages={
            "required": "Scrivere cognome e nome, oppure la denominazione.",
            "max_length": f"Il nome è troppo lungo: al massimo {MAX_NAME} caratteri.",
        },
    )
    codice_fiscale = forms.CharField(
        label="Codice fiscale",
        max_length=30,
        help_text="16 caratteri per le persone, 11 cifre per imprese ed enti.",
        widget=forms.TextInput(
            {**TEXT, "autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
        error_messages={
            "required": "Scrivere il codice fiscale.",
            "max_length": "Il codice fiscale ha 16 caratteri, oppure 11 cifre.",
        },
    )
    email = email_field()
    importo = forms.CharField(
        label="Importo in euro",
        max_length=30,
        help_text="Per esempio 25 oppure 1.234,50.",
        widget=forms.TextInput({**TEXT, "inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": "Scrivere l'importo.",
            "max_length": "L'importo è troppo lungo.",
        },
    )

    def __init__(self, service: Service, *args: Any, **kwargs: Any) -> None:
        self.service = service
        self.answer_keys = {field["name"]: _key(field["name"]) for field in service.form_fields}
        super().__init__(*args, **kwargs)

    def add_own_fields(self) -> None:
        """The fields of the service are data, not code: they come first, then who pays and how much."""
        own = {_key(field["name"]): _service_field(field) for field in self.service.form_fields}
        if self.service.stamp_cents:
            own |= _stamp_fields()
        if self.service.fixed_amount_cents:
            self.fields.pop("importo", None)
        self.fields = {**own, **self.fields}

    def clean_denominazione(self) -> str:
        return read_by(read_name, self.cleaned_data["denominazione"])

    def clean_codice_fiscale(self) -> str:
        return read_code(self.cleaned_data["codice_fiscale"])

    def clean_email(self) -> str:
        return read_optional_email(self.cleaned_data["email"])

    def clean_importo(self) -> int:
        cents = int(read_by(parse_cents, self.cleaned_data["importo"]))
        if not 0 < cents <= MAX_SPONTANEOUS_CENTS:
            raise forms.ValidationError(
                "L'importo deve essere maggiore di zero e al massimo 999.999,99 €."
            )
        return cents

    def clean(self) -> dict[str, Any]:
        typed = {name: self.cleaned_data.get(key, "") for name, key in self.answer_keys.items()}
        kept, problems = read_answers(self.service.form_fields, typed)
        for name, words in problems.items():
            if self.answer_keys[name] not in self.errors:
                self.add_error(self.answer_keys[name], words)
        if self.service.stamp_cents and "documento" not in self.errors:
            self._read_document()
        return {**self.cleaned_data, "answers": kept}

    def _read_document(self) -> None:
        """Of a document only its imprint goes on: from page to page, into the position, onto the stamp."""
        given = self.cleaned_data.get("documento")
        try:
            if given is not None:
                read = {"impronta": imprint_of(given.read()), "nome_documento": given.name or ""}
                # As if it had been typed: the next page finds it.
                self.data = {name: self.data.get(name, "") for name in self.data} | read
            check_imprint(str(self.data.get("impronta", "")))
        except StampRefused as refusal:
            empty = given is None and not self.data.get("impronta")
            words = f"{str(refusal)[0].upper()}{str(refusal)[1:]}."
            self.add_error(
                "documento",
                "Allegare il documento su cui va la marca da bollo." if empty else words,
            )

    @property
    def document(self) -> StampedDocument | None:
        """Where the service wants a marca da bollo; call it on a valid form."""
        if not self.service.stamp_cents:
            return None
        name = clean_text(str(self.data.get("nome_documento", "")))[:MAX_DOCUMENT]
        return StampedDocument(name, str(self.data["impronta"]), self.cleaned_data["provincia"])

    @property
    def answers_to_show(self) -> list[tuple[str, str]]:
        """(label, answer) as the summary repeats them; call it on a valid form."""
        kept = self.cleaned_data["answers"]
        return [
            (field["label"], _shown(field.get("type", "text"), kept[field["name"]]))
            for field in self.service.form_fields
            if field["name"] in kept
        ]

    @property
    def amount_cents(self) -> int:
        """What will be paid, without the marca da bollo; call it on a valid form."""
        return self.service.fixed_amount_cents or self.cleaned_data["importo"]

    @property
    def total_cents(self) -> int:
        return self.amount_cents + (self.service.stamp_cents or 0)


def _stamp_fields() -> dict[str, forms.Field]:
    """The document is sent once; its imprint and its name come back hidden, so that it need not be sent again."""
    return {
        "documento": forms.FileField(
            label="Documento su cui va la marca da bollo",
            required=False,  # once its imprint is known it need not come again
            max_length=200,
            help_text="Il file così com'è, al massimo 10 MB. Non viene conservato: se ne calcola l'impronta, che la marca riporterà.",
            widget=forms.FileInput({"class": "form-control"}),
            validators=[_not_too_large],
        ),
        "provincia": forms.ChoiceField(
            label="Provincia di residenza, o della sede",
            choices=[
                ("", "Scegliere"),
                *((k, f"{v} ({k})") for k, v in sorted(PROVINCES.items(), key=lambda one: one[1])),
            ],
            widget=forms.Select({"class": "form-select"}),
            error_messages={
                "required": "Scegliere la provincia.",
                "invalid_choice": "Scegliere una provincia dell'elenco.",
            },
        ),
        "impronta": forms.CharField(required=False, max_length=44, widget=forms.HiddenInput()),
        "nome_documento": forms.CharField(required=False, widget=forms.HiddenInput()),
    }


def _not_too_large(file: Any) -> None:
    if file.size > MAX_DOCUMENT_BYTES:
        raise forms.ValidationError("Il documento supera 10 MB.")


def _key(name: str) -> str:
    """The name of a service's field in the form: its own, unless the form has one called the same."""
    return f"campo_{name}" if name in SpontaneousForm.base_fields else name


def _service_field(field: dict[str, Any]) -> forms.Field:
    kind = field.get("type", "text")
    modes = {"number": {"inputmode": "decimal"}, "date": {"placeholder": "gg/mm/aaaa"}}
    return forms.CharField(
        label=field["label"] if field.get("required") else f"{field['label']} (facoltativo)",
        required=False,  # billing/services/form_answers says what is missing, in its own words
        max_length=500,
        help_text={"date": _DATE_HELP, "number": _NUMBER_HELP}.get(kind, ""),
        widget=forms.TextInput({**TEXT, "autocomplete": "off", **modes.get(kind, {})}),
        error_messages={"max_length": "Il testo è troppo lungo: al massimo 500 caratteri."},
    )


def _shown(kind: str, kept: str) -> str:
    """From how an answer is kept to how it is read: 2026-01-31 → 31/01/2026, 12.5 → 12,5."""
    if kind == "date":
        return f"{date.fromisoformat(kept):%d/%m/%Y}"
    return kept.replace(".", ",") if kind == "number" else kept
