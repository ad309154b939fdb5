"""The four dates that every credit shows: generated, put on pagoPA, noticed, paid – each with its reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.models import Position, TimelineEntry

Kind = TimelineEntry.Kind


@dataclass(frozen=True, slots=True)
class Step:
    """``at`` is None for what has not happened; ``reference`` says by which file, message or receipt."""

    label: str
    at: datetime | None
    reference: str
    pending: str


def four_dates(position: Position, story: Sequence[TimelineEntry]) -> list[Step]:
    """In order, whatever has happened."""
    opened = position.load.filename if position.load else position.get_origin_display()
    return [
        Step("Generata", position.opened_at, opened, ""),
        Step(
            "Su pagoPA", position.published_at, _first(story, Kind.PUBLISHED), "non ancora caricata"
        ),
        Step(
            "Avvisata", position.noticed_at, _first(story, Kind.NOTICED), "avviso non ancora emesso"
        ),
        Step("Pagata", position.paid_at, _payment(position), "non ancora pagata per intero"),
    ]


def _first(story: Sequence[TimelineEntry], kind: str) -> str:
    return next((entry.reference for entry in story if entry.kind == kind), "")


def _payment(position: Position) -> str:
    collections = sorted(position.collections.all(), key=lambda c: c.paid_at)
    if not collections:
        return ""
    last = collections[-1]
    return f"{last.get_channel_display()} · {last.reference}"
