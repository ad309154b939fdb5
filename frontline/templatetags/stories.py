"""What a change of a position was, told from the fact that keeps it before and after; roads by their names."""

from datetime import date
from typing import Any

from django import template

from billing.models import TimelineEntry
from frontline.office.road_names import ROAD_NAMES
from paybox.kernel.money import format_euro

register = template.Library()

_FIELDS = {
    "codice_fiscale": "Codice fiscale", "name": "Denominazione", "street": "Via", "civic": "Numero civico",
    "cap": "CAP", "city": "Comune", "province": "Provincia", "country": "Stato",
}  # fmt: skip


@register.filter
def changes(entry: TimelineEntry) -> list[str]:
    """One line for each thing that changed; empty for any other fact."""
    if entry.kind != TimelineEntry.Kind.CHANGED:
        return []
    before, after = entry.details["before"], entry.details["after"]
    if isinstance(before, dict):
        return [f"{_FIELDS[n]}: da «{before[n]}» a «{after[n]}»" for n in _FIELDS if n in after]
    pairs = zip(before, after, strict=True)
    return [line for was, now in pairs if (line := _way(was, now))]


@register.filter
def road_name(road: str) -> str:
    """As the page of the roads calls it; one that is no more is called by its code."""
    return ROAD_NAMES.get(road, road)


def _way(was: dict[str, Any], now: dict[str, Any]) -> str:
    name = f"{was['number']}ª rata" if was["number"] else "Rata unica"
    told = []
    if was["amount_cents"] != now["amount_cents"]:
        told.append(f"da {_euro(was['amount_cents'])} a {_euro(now['amount_cents'])}")
    if was["due_on"] != now["due_on"]:
        told.append(f"scadenza dal {_day(was['due_on'])} al {_day(now['due_on'])}")
    return f"{name}: {', '.join(told)}" if told else ""


def _euro(cents: int) -> str:
    return f"{format_euro(cents)}\N{NO-BREAK SPACE}€"


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}"
