"""A batch of acts read: its fingerprint, why the others stay out, some of its credits, how far it has come."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from dunning.models import ActBatch, ActItem
from dunning.selectors.waves import reason_sentence

_COLUMNS = (
    "position_id", "state", "reason", "channel", "owed_cents", "sanctions_cents", "interest_cents", "expenses_cents",
    "charges_cents",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """So many credits with the same label, and what is owed on them in cents."""

    label: str
    items: int
    cents: int


def act_fingerprint(batch: ActBatch) -> str:
    """SHA-256 over the step, the new due day and every credit with its lines: the approver approves these figures."""
    digest = hashlib.sha256(f"{batch.step_id}\x1f{batch.due_on}\x1f{batch.planned_on}\x1e".encode())
    rows = ActItem.objects.filter(batch=batch).order_by("position_id").values_list(*_COLUMNS)
    for row in rows.iterator(chunk_size=5_000):
        digest.update(json.dumps(row, separators=(",", ":")).encode() + b"\x1e")
    return digest.hexdigest()


def why_out(batch: ActBatch) -> list[Tally]:
    """Those excluded when it was worked out, and those skipped when their turn came, by reason."""
    out = batch.items.filter(state__in=[ActItem.State.EXCLUDED, ActItem.State.SKIPPED])
    rows = out.values_list("reason").annotate(n=Count("pk"), cents=Sum("owed_cents")).order_by("-n")
    return [Tally(reason_sentence(reason), count, cents) for reason, count, cents in rows]


def items_in(batch: ActBatch, *, states: Sequence[str]) -> QuerySet[ActItem]:
    """The largest first, with debtor and replacement at hand."""
    found = batch.items.select_related("position__subject", "replacement")
    return (found.filter(state__in=states) if states else found).order_by("-owed_cents", "pk")


def sums_of(batch: ActBatch) -> dict[str, int]:
    """Cents by line over what is to be made or was made."""
    kept = batch.items.filter(state__in=[ActItem.State.READY, ActItem.State.DONE])
    lines: Iterable[str] = _COLUMNS[4:]
    found = kept.aggregate(**{f"sum_{name}": Sum(name) for name in lines})
    return {name: found[f"sum_{name}"] or 0 for name in lines}
