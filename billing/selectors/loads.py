"""What a load would do, did, and refused."""

from collections.abc import Iterator
from typing import Any

from billing.models import Instalment, Load, LoadRow
from billing.states import PositionState


def load_problems(load: Load, *, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Every problem of the file in row order: ``row column code severity message``."""
    rows = (
        load.staged.exclude(problems=[])
        .order_by("first_row", "pk")
        .values_list("problems", flat=True)
    )
    shown = 0
    for problems in rows.iterator(chunk_size=2000):
        for problem in problems:
            if limit is not None and shown >= limit:
                return
            shown += 1
            yield problem


def load_positions(load: Load) -> Iterator[dict[str, Any]]:
    """For each credit of the file that is open (now or before), its notices; rata 0 is the rata unica."""
    staged = load.staged.filter(
        state__in=[LoadRow.State.ACCEPTED, LoadRow.State.ALREADY_LOADED]
    ).order_by("pk")
    chunk: list[str] = []
    for reference in staged.values_list("reference", flat=True).iterator(chunk_size=2000):
        chunk.append(reference)
        if len(chunk) == 2000:
            yield from _with_notices(load, chunk)
            chunk = []
    yield from _with_notices(load, chunk)


def _with_notices(load: Load, references: list[str]) -> Iterator[dict[str, Any]]:
    notices: dict[str, list[dict[str, Any]]] = {reference: [] for reference in references}
    instalments = (
        Instalment.objects.filter(
            position__service_id=load.service_id, position__reference__in=references
        )
        .exclude(position__state=PositionState.WITHDRAWN)
        .order_by("position_id", "number")
        .values_list("position__reference", "number", "notice_number", "amount_cents", "due_on")
    )
    for reference, number, notice_number, cents, due_on in instalments:
        notices[reference].append(
            {
                "rata": number,
                "notice_number": notice_number,
                "amount_cents": cents,
                "due_on": due_on.isoformat(),
            }
        )
    for reference, found in notices.items():
        yield {"riferimento": reference, "notices": found}
