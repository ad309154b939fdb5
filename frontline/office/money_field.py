"""Euros as people type them, cents as the product keeps them."""

from typing import Any

from django import forms

from paybox.kernel.money import AmountRefused, format_euro, parse_cents


class EuroField(forms.CharField):
    """``1.234,56`` in the box, 123456 in ``cleaned_data``; None when left empty and not required."""

    def prepare_value(self, value: Any) -> Any:
        return format_euro(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            cents = parse_cents(typed)
        except AmountRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if cents < 0:
            raise forms.ValidationError("L'importo non può essere negativo")
        return cents

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "").strip()
