"""A reporting flow (FdR) as every road tells it: its head, and its rows read one by one and forgotten.

A row is never a reason to refuse a flow: an outcome that is not known is kept as it is. A flow may have a hundred
thousand of them: nobody holds them all.
Source: FlussoRiversamento 1.0.4 and 1.0.5.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple, Self

from pagopa.wire.values import whole_of
from paybox.kernel.problems import Refused

NAMESPACE = "http://www.digitpa.gov.it/schemas/2011/Pagamenti/"
UNREADABLE_OUTCOME = -1
MOST_TRANSFERS = 9999  # five, by the rules; whatever is more must fit where it is kept
MOST_PAYMENTS = 99_999_999  # of one flow; so the numbers of its rows and of its revisions


class FlowFileRefused(Refused):
    """The bytes are not a reporting flow that adds up; the Italian message says why."""


class FlowLine(NamedTuple):
    """``number`` from 1, unique in its flow; ``amount_cents`` below zero only for a payment revoked."""

    number: int
    iuv: str
    iur: str
    transfer_index: int
    amount_cents: int
    outcome: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class FlowFile:
    """``regulation`` is the TRN of the one bank transfer that carries ``total_cents``; ``payments`` are as declared.

    ``revision``: of two flows of one name the greater counts; in XML it is always 1 and ``flow_at`` decides.
    ``lines`` can be gone through once, and raise FlowFileRefused when the flow is not what its head declares.
    """

    identifier: str
    psp_id: str
    flow_at: datetime
    regulation: str
    regulation_on: date
    receiver: str
    total_cents: int
    payments: int
    lines: Iterable[FlowLine]
    revision: int = 1

    def whole(self) -> Self:
        """With its lines in memory. Raises FlowFileRefused."""
        return replace(self, lines=tuple(self.lines))

    def checked(self) -> Self:
        """With lines that are counted and summed as they go by."""
        return replace(self, lines=_checked(self))


def _checked(flow: FlowFile) -> Iterator[FlowLine]:
    count = total = 0
    seen: set[int] = set()
    for line in flow.lines:
        count += 1
        total += line.amount_cents
        seen.add(line.number)
        yield line
    if count != flow.payments:
        raise FlowFileRefused(f"Il flusso dichiara {flow.payments} pagamenti e ne elenca {count}")
    if len(seen) != count:
        raise FlowFileRefused("Il flusso ha due pagamenti con lo stesso indice")
    if total != flow.total_cents:
        raise FlowFileRefused("Il totale del flusso non è la somma dei suoi pagamenti")


def transfer_index(said: str | int) -> int:
    """Which transfer of its payment a row is. Raises ValueError, in Italian."""
    return whole_of(str(said), most=MOST_TRANSFERS)


def psp_of(identifier: str) -> str:
    """``2026-11-22FINTOPSP01-0000000001`` → ``FINTOPSP01``; empty when it is not made so."""
    made = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([0-9A-Za-z_]+)-.+", identifier)
    return made.group(1) if made else ""
