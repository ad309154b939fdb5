"""A credit of the treasurer explained down to the single payments in it, and what else could explain it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Abs

from pagopa.labels import REPORTED
from pagopa.models import Flow, FlowRow, Receipt, Repair, RepairPart, TreasuryCredit
from pagopa.selectors.coverage import room_of_flow, room_of_receipt

_NEAR = 6

_INSIDE = """
WITH named AS (
    SELECT flow_id, receipt_id, NULL::bigint AS cents FROM pagopa_treasurycredit WHERE id = %(credit)s
    UNION ALL
    SELECT x.flow_id, x.receipt_id, x.amount_cents FROM pagopa_repairpart x JOIN pagopa_repair p ON p.id = x.repair_id
    WHERE p.credit_id = %(credit)s AND p.state = 'IN_VIGORE'
), paid AS (
    SELECT f.id AS flow_id, f.identifier AS flow, w.index, w.iuv, w.iur, w.paid_on, w.amount_cents, w.receipt_id
    FROM named JOIN pagopa_flow f ON f.id = named.flow_id JOIN pagopa_flowrow w ON w.flow_id = f.id
    UNION ALL
    SELECT NULL, '', 0, r.iuv, r.receipt_id, r.paid_at::date, COALESCE(named.cents, r.amount_cents), r.id
    FROM named JOIN pagopa_receipt r ON r.id = named.receipt_id
)
"""
_COUNT = _INSIDE + "SELECT count(*), COALESCE(sum(amount_cents), 0)::bigint FROM paid"  # noqa: S608  constants only
# A payment whose receipt never came was booked under its IUR.
_PAYERS = (
    _INSIDE  # noqa: S608  constants only
    + """
SELECT page.flow_id, page.flow, page.index, page.iuv, page.paid_on, page.amount_cents, COALESCE(c.payer, ''), p.uuid,
    COALESCE(p.reference, ''), COALESCE(s.name, ''), COALESCE(s.accounting_code, '')
FROM (SELECT * FROM paid ORDER BY flow, paid_on, iuv, index LIMIT %(limit)s OFFSET %(start)s) page
LEFT JOIN pagopa_receipt r ON r.id = page.receipt_id
LEFT JOIN billing_collection c ON c.id = COALESCE(r.collection_id,
    (SELECT id FROM billing_collection WHERE channel = 'PAGOPA' AND reference = page.iur))
LEFT JOIN billing_position p ON p.id = c.position_id LEFT JOIN billing_service s ON s.id = p.service_id
ORDER BY page.flow, page.paid_on, page.iuv, page.index
"""
)
_AT_ONCE = 2000


class Payer(NamedTuple):
    """One payment inside a credit. ``position_uuid`` is None when no position of ours is known of it.

    ``flow_id`` None: it is in no flow, a transfer carried it alone.
    """

    flow_id: int | None
    flow: str
    row: int
    iuv: str
    paid_on: date
    amount_cents: int
    payer: str
    position_uuid: UUID | None
    position: str
    service: str
    chapter: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a credit could pay: ``key`` is F or R and the row's number; ``room_cents`` what of it is still unpaid."""

    key: str
    name: str
    day: date
    room_cents: int


class Payers:
    """The single payments that a credit is made of, as far as flows and receipts tell; read a slice at a time."""

    def __init__(self, credit: TreasuryCredit) -> None:
        self._credit_id = credit.pk

    def __getitem__(self, part: slice) -> list[Payer]:
        start, stop = part.start or 0, part.stop
        asked = {"credit": self._credit_id, "start": start, "limit": stop - start}
        with connection.cursor() as cursor:
            cursor.execute(_PAYERS, asked)
            return [Payer(*row) for row in cursor.fetchall()]

    def __iter__(self) -> Iterator[Payer]:
        start = 0
        while found := self[start : start + _AT_ONCE]:
            yield from found
            start += _AT_ONCE

    def count_and_cents(self) -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"credit": self._credit_id})
            count, cents = cursor.fetchone()
        return int(count), int(cents)


def things_to_match(credit: TreasuryCredit, text: str = "") -> list[Candidate]:
    """Flows and receipts that nobody has paid whole, nearest to its amount first; or those that ``text`` names."""
    return [*_flows(credit, text), *_receipts(credit, text)]


def _flows(credit: TreasuryCredit, text: str) -> Iterator[Candidate]:
    flows = Flow.objects.filter(Q(treasury_credit__isnull=True) | Q(treasury_credit=credit))
    if text:
        flows = flows.filter(identifier__icontains=text)
    near = flows.annotate(far=Abs(F("total_cents") - credit.net_cents)).order_by("far", "-pk")
    for flow in near[:_NEAR]:
        if room := room_of_flow(flow, besides=credit):
            yield Candidate(f"F{flow.pk}", flow.identifier, flow.regulation_on, room)


def _receipts(credit: TreasuryCredit, text: str) -> Iterator[Candidate]:
    reported = FlowRow.objects.filter(receipt_id=OuterRef("pk"), label__in=REPORTED)
    parted = RepairPart.objects.filter(
        receipt=OuterRef("pk"), repair__state=Repair.State.IN_FORCE
    ).exclude(repair__credit=credit)
    free = Receipt.objects.filter(~Exists(reported), ~Exists(parted))
    if text:
        free = free.filter(Q(iuv=text) | Q(receipt_id=text) | Q(notice_number=text))
    else:
        free = free.filter(amount_cents=credit.net_cents)
    for receipt in free.order_by("-received_at", "-pk")[:_NEAR]:
        if room := room_of_receipt(receipt, besides=credit):
            yield Candidate(f"R{receipt.pk}", receipt.iuv, receipt.paid_at.date(), room)


def receipts_for(row: FlowRow, text: str = "") -> list[Receipt]:
    """Receipts that no flow has paid over, of the row's amount; or those that ``text`` names."""
    reported = FlowRow.objects.filter(receipt_id=OuterRef("pk"), label__in=REPORTED)
    free = Receipt.objects.filter(~Exists(reported))
    if text:
        free = free.filter(Q(iuv=text) | Q(receipt_id=text) | Q(notice_number=text))
    else:
        free = free.filter(amount_cents=row.amount_cents)
    return list(free.order_by("-received_at", "-pk")[:_NEAR])
