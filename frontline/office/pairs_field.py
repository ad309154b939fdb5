"""A few names with their values, one a line, as an official types them and a JSON field keeps them."""

from typing import Any

from django import forms

LONGEST = 140


class PairsField(forms.CharField):
    """``chiave = valore`` lines in the box, a dict in ``cleaned_data``."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, most: int, **given: Any) -> None:
        super().__init__(**given)
        self.most = most

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{key} = {said}" for key, said in value.items())
        return value

    def clean(self, value: Any) -> Any:
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        pairs = [_pair(line) for line in lines]
        if len({key for key, _ in pairs}) < len(pairs):
            raise forms.ValidationError("La stessa chiave è scritta due volte.")
        if len(pairs) > self.most:
            raise forms.ValidationError(f"Le righe possono essere al massimo {self.most}.")
        return dict(pairs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial or {})).split() != str(data or "").split()


def _pair(line: str) -> tuple[str, str]:
    key, _, said = (part.strip() for part in line.partition("="))
    if not key or not said:
        raise forms.ValidationError(f"«{line.strip()[:40]}»: scrivere «chiave = valore».")
    if max(len(key), len(said)) > LONGEST:
        raise forms.ValidationError(f"Chiavi e valori hanno al massimo {LONGEST} caratteri.")
    return key, said
