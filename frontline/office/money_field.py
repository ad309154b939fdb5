"""Euros as people type them, cents as the product keeps them."""

from typing import Any

from django import forms

from paybox.kernel.money import AmountRefused, format_euro, format_mills, parse_cents


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


class PriceField(forms.DecimalField):
    """``0,061`` in the box, 61 thousandths of a euro in ``cleaned_data``: what one message or call costs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=3, localize=True, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return format_mills(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        euro = super().clean(value)
        return None if euro is None else int(euro * 1000)
