"""The evening of a simulated day: the flows of the PSPs and the treasurer's files, handed to the Ente as it takes them."""

import time
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pagopa.models import Flow
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.simulator.day import Slip, plan_slips
from pagopa.simulator.till import Till
from paybox.kernel.models import OutboxEntry

Json = dict[str, Any]
_LEFT = ("pagopa.book_receipt", "pagopa.label_single_credits")


@dataclass(frozen=True, slots=True)
class Settled:
    """Cents, as the Node and the treasurer say them. ``slips``: how each flow's credit was written."""

    flows: int
    flows_cents: int
    credits_cents: int
    slips: tuple[Slip, ...]


def take_flows(till: Till, *, on: date, at: datetime) -> list[Json]:
    """Every flow of that day not yet taken, taken now. To be called inside the Ente. Raises httpx.HTTPError."""
    made = till.post("/node/flows", on=on.isoformat())
    ours = [flow for flow in made if flow["fiscal_code"] == till.fiscal_code]
    known = Flow.objects.filter(identifier__in=[flow["iuf"] for flow in ours])
    there = set(known.values_list("identifier", flat=True))
    fresh = [flow for flow in ours if flow["iuf"] not in there]
    for flow in fresh:
        take_flow(raw=b64decode(flow["xml_base64"]), at=at)
    return fresh


def wait_for_bookings(*, seconds: float) -> bool:
    """Receipts left to a worker, and labels it still has to say. False when it has not done in that time."""
    left = OutboxEntry.objects.filter(done_at__isnull=True, failed_at__isnull=True, task__in=_LEFT)
    deadline = time.monotonic() + seconds
    while left.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def settle_day(till: Till, *, on: date, seed: int, at: datetime) -> Settled:
    """Flows and credits of what was paid since the last time; the credits with the slips of the seed."""
    flows = take_flows(till, on=on, at=at)
    slips = plan_slips(len(flows), seed=seed)
    cents = _credit(till, on, flows, slips, at)
    return Settled(len(flows), sum(flow["amount_cents"] for flow in flows), cents, tuple(slips))


def _credit(
    till: Till, on: date, flows: Sequence[Json], slips: Sequence[Slip], at: datetime
) -> int:
    """Returns what the treasurer says to have credited."""
    cents = 0
    for flow, slip in zip(flows, slips, strict=True):
        wanted = {"iuf": flow["iuf"], "causale": slip.causale, "money": slip.money}
        asked = {"fiscal_code": till.fiscal_code, "on": on.isoformat()}
        file = till.post("/node/treasury", **asked, **wanted)
        cents += file["amount_cents"]
        if file["credits"]:
            take_treasury(raw=file["content"].encode(), filename=file["filename"], at=at)
    return cents
