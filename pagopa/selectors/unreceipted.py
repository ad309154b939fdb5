"""What flows report and no receipt tells: grouped by payment, and held against what our own notices asked that day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from billing.models import Collection, Instalment
from billing.models.ledger import Account
from billing.selectors.amounts import asked_cents
from billing.selectors.shares import parts_of
from billing.services.given_away import GivenAway
from pagopa.labels import PAID_OUTCOMES, RowLabel
from pagopa.models import FlowRow

_PAGE = 2000
# The IUV alone does not say the aux digit; with 0 it has fifteen digits and an application code before it.
_WAITED = """
SELECT w.iur, min(w.iuv), min(i.id), sum(w.amount_cents)::bigint, min(w.paid_on), min(f.identifier),
    min(f.raw_message_id), min(w.outcome)
FROM pagopa_flowrow w
JOIN pagopa_flow f ON f.id = w.flow_id
JOIN billing_instalment i ON i.notice_number IN ('3' || w.iuv, '2' || w.iuv, '1' || w.iuv)
WHERE w.label = %(label)s AND w.receipt_id IS NULL AND w.outcome = ANY(%(paid)s) AND w.iur > %(after)s
GROUP BY w.iur
HAVING max(f.received_at) < %(before)s AND count(DISTINCT i.id) = 1
    AND NOT EXISTS (SELECT 1 FROM billing_collection c WHERE c.channel = %(channel)s AND c.reference = w.iur)
ORDER BY w.iur LIMIT %(most)s
"""
BOOKED_ROWS = """
SELECT w.id FROM pagopa_flowrow w
JOIN billing_collection c ON c.channel = 'PAGOPA' AND c.reference = w.iur
WHERE w.flow_id = %s AND w.label = 'IUV_NO_RT'
"""


class Waited(NamedTuple):
    """The rows of one IUR, together, in whatever flows; ``instalment_id`` is the notice of ours that its IUV names."""

    iur: str
    iuv: str
    instalment_id: int
    amount_cents: int
    paid_on: date
    flow: str
    raw_message_id: int
    outcome: int


@dataclass(frozen=True, slots=True)
class Explained:
    """The payment that such rows prove: all that the payer gave, and what of it went straight to others. Cents."""

    notice_number: str
    whole_cents: int
    given: tuple[GivenAway, ...]


def waited_for_receipt(before: datetime) -> Iterator[Waited]:
    """Of flows received before ``before``, in the order of their IUR; a page in memory at a time."""
    after = ""
    while page := _page(before, after):
        yield from page
        after = page[-1].iur


def explain(waited: Waited, *, ente_code: str) -> Explained | None:
    """Which payment of our notice brings exactly those cents to the Ente; None: only a person can say.

    The notice asked its printed amount or that of the day; what is of other bodies, or a stamp, is in no row of ours.
    """
    notice = Instalment.objects.select_related("position__service").get(pk=waited.instalment_id)
    for cents in asked_cents(notice, paid_on=waited.paid_on):
        given = _given_away(notice, cents, ente_code)
        if given is not None and cents - sum(one.cents for one in given) == waited.amount_cents:
            return Explained(notice.notice_number, cents, given)
    return None


def is_booked(row: FlowRow) -> bool:
    """Whether the ledger has its payment on the word of flows, for exactly what they report."""
    booked = Collection.objects.filter(
        channel=Collection.Channel.PAGOPA, reference=row.iur, details__without_receipt=True
    ).first()
    if booked is None:
        return False
    given = booked.transfers.filter(debit=Account.TERZI).aggregate(cents=Sum("amount_cents"))
    rows = FlowRow.objects.filter(iuv=row.iuv, iur=row.iur, outcome__in=PAID_OUTCOMES)
    reported = rows.aggregate(cents=Sum("amount_cents"))["cents"]
    return bool(booked.amount_cents - (given["cents"] or 0) == reported)


def _page(before: datetime, after: str) -> list[Waited]:
    asked = {
        "label": str(RowLabel.IUV_NO_RT),
        "paid": sorted(PAID_OUTCOMES),
        "before": before,
        "channel": str(Collection.Channel.PAGOPA),
        "after": after,
        "most": _PAGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAITED, asked)  # type: ignore[arg-type]  # a list is an array to psycopg
        return [Waited(*row) for row in cursor.fetchall()]


def _given_away(notice: Instalment, cents: int, ente_code: str) -> tuple[GivenAway, ...] | None:
    """None when the shares of the position do not divide that amount."""
    try:
        parts = parts_of(notice.position, amount_cents=cents)
    except (ValueError, KeyError):
        return None
    return tuple(
        GivenAway(part.cents, "" if part.share.stamp else part.share.fiscal_code)
        for part in parts
        if part.share.stamp or part.share.fiscal_code not in ("", ente_code)
    )
