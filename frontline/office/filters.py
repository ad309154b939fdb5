"""The filter of the list of positions, as it stands in the address of the page."""

from collections.abc import Collection
from typing import Any

from django import forms

from billing.models import Service
from billing.selectors.positions import PositionFilter, years_of_positions
from billing.states import PositionState


class PositionFilterForm(forms.Form):
    """Every field may be left empty; a value that is not offered counts as empty."""

    q = forms.CharField(label="Nome, codice o riferimento", required=False, max_length=100)
    servizio = forms.ChoiceField(label="Tipo di dovuto", required=False)
    stato = forms.ChoiceField(
        label="Stato", required=False, choices=[("", "Tutti"), *PositionState.choices]
    )
    anno = forms.ChoiceField(label="Anno", required=False)
    scadute = forms.BooleanField(label="Solo scadute", required=False)
    rifiutate = forms.BooleanField(label="Solo rifiutate da pagoPA", required=False)

    def __init__(self, data: Any, *, scope: Collection[str]) -> None:
        super().__init__(data)
        services = Service.objects.order_by("name")
        offered = services.filter(code__in=scope) if scope else services
        self._choose("servizio", [(s.code, s.name) for s in offered])
        self._choose("anno", [(str(y), str(y)) for y in years_of_positions(scope=scope)])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "Tutti"), *choices]

    def wanted(self) -> PositionFilter:
        """What the valid fields ask for."""
        self.full_clean()
        given = self.cleaned_data
        return PositionFilter(
            service=given.get("servizio", ""),
            state=given.get("stato", ""),
            year=int(given["anno"]) if given.get("anno") else None,
            overdue=given.get("scadute", False),
            text=given.get("q", ""),
        )
