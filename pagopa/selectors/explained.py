"""A credit of the treasurer explained down to the single payments in it, and what else could explain it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Abs

from pagopa.models import Flow, FlowRow, Receipt, Repair, RepairPart, TreasuryCredit
from pagopa.selectors.coverage import room_of_flow, room_of_receipt

_NEAR = 6

_PAYERS = """
WITH named AS (
    SELECT flow_id, receipt_id, NULL::bigint AS cents FROM pagopa_treasurycredit WHERE id = %(credit)s
    UNION ALL
    SELECT x.flow_id, x.receipt_id, x.amount_cents FROM pagopa_repairpart x JOIN pagopa_repair p ON p.id = x.repair_id
    WHERE p.credit_id = %(credit)s AND p.state = 'IN_VIGORE'
), paid AS (
    SELECT f.identifier AS flow, w.iuv, w.paid_on, w.amount_cents, w.receipt_id
    FROM named JOIN pagopa_flow f ON f.id = named.flow_id JOIN pagopa_flowrow w ON w.flow_id = f.id
    UNION ALL
    SELECT '', r.iuv, r.paid_at::date, COALESCE(named.cents, r.amount_cents), r.id
    FROM named JOIN pagopa_receipt r ON r.id = named.receipt_id
)
SELECT paid.flow, paid.iuv, paid.paid_on, paid.amount_cents, COALESCE(c.payer, ''), p.uuid,
    COALESCE(p.reference, ''), COALESCE(s.name, ''), COALESCE(s.accounting_code, '')
FROM paid LEFT JOIN pagopa_receipt r ON r.id = paid.receipt_id
LEFT JOIN billing_collection c ON c.id = r.collection_id
LEFT JOIN billing_position p ON p.id = c.position_id LEFT JOIN billing_service s ON s.id = p.service_id
ORDER BY paid.flow, paid.paid_on, paid.iuv LIMIT %(limit)s
"""


class Payer(NamedTuple):
    """One payment inside a credit. ``position_uuid`` is None when no position of ours is known of it."""

    flow: str
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


def payers_of(credit: TreasuryCredit, *, limit: int = 1000) -> list[Payer]:
    """The single payments that the credit is made of, as far as flows and receipts tell; at most ``limit``."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYERS, {"credit": credit.pk, "limit": limit})
        return [Payer(*row) for row in cursor.fetchall()]


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
    reported = FlowRow.objects.filter(receipt_id=OuterRef("pk"))
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
