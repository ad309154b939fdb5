"""What a hand-over tells of each credit beside its sums: the notice it is paid with, and when messages left."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from billing.models import Instalment, Position, Service, TimelineEntry
from dunning.models import Wave


@dataclass(slots=True)
class Evidence:
    """The notice number, and when messages left."""

    notice_number: str = ""
    noticed: list[datetime] = field(default_factory=list)
    reminded: list[datetime] = field(default_factory=list)


def evidence_for(*, service: Service) -> dict[int, Evidence]:
    """position → its first notice number and the instants of its messages; two statements for the whole service."""
    found: dict[int, Evidence] = defaultdict(Evidence)
    unpaid = Position.objects.unpaid().filter(service=service)
    first = Instalment.objects.filter(position__in=unpaid).order_by("position_id", "number")
    for position_id, number in first.distinct("position_id").values_list(
        "position_id", "notice_number"
    ):
        found[position_id].notice_number = number
    told = TimelineEntry.objects.filter(
        position__in=unpaid, kind__in=[TimelineEntry.Kind.NOTICED, TimelineEntry.Kind.SENT]
    ).order_by("at", "pk")
    for position_id, kind, at, details in told.values_list("position_id", "kind", "at", "details"):
        if kind == TimelineEntry.Kind.NOTICED:
            found[position_id].noticed.append(at)
        elif details.get("wave_kind") == Wave.Kind.REMINDER:
            found[position_id].reminded.append(at)
    return found
