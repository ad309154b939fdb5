"""A form that begins by asking of which tipo di dovuto one speaks, among those the person may see."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from billing.models import Service
from frontline.access import StaffRequest


def services_of(request: StaffRequest) -> QuerySet[Service]:
    """The services in use that the reader works on."""
    active = Service.objects.filter(is_active=True).order_by("name")
    scope = request.membership.services
    return active.filter(code__in=scope) if scope else active


def service_field(missing: str) -> "forms.ModelChoiceField[Service]":
    """``missing`` is said when none was chosen."""
    return forms.ModelChoiceField(
        label="Tipo di dovuto", queryset=Service.objects.none(), empty_label="Scegliere",
        error_messages={"required": missing},
    )  # fmt: skip


class ServiceForm(forms.Form):
    """Whoever makes it says which ``services`` there are; those who inherit declare ``service``."""

    def __init__(self, *args: Any, services: QuerySet[Service]) -> None:
        super().__init__(*args)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared by who inherits
        field.queryset = services
