"""The queue of odd receipts, and the facts of which the rule makes an oddity."""

from typing import NamedTuple

from django.db import connection
from django.db.models import Count, QuerySet

from pagopa.models import ReceiptAnomaly
from pagopa.rules.oddities import Oddity

# After the booking: what was owed before it is what is owed now and what it paid.
_BEFORE = """
SELECT LEAST(i.amount_cents + i.fee_cents, p.residual_cents + %(allotted)s), p.residual_cents + %(allotted)s,
    p.state = 'ANNULLATA', EXISTS (SELECT 1 FROM billing_position r WHERE r.replaces_id = p.id),
    EXISTS (SELECT 1 FROM billing_collection c WHERE c.position_id = p.id
        AND c.instalment_number = i.number AND c.id <> %(collection)s)
FROM billing_instalment i JOIN billing_position p ON p.id = i.position_id
WHERE i.notice_number = %(notice)s
"""


class NoticeBefore(NamedTuple):
    """A notice as it was before one collection. ``due_cents``: what it asked for; ``owed_cents``: the position."""

    due_cents: int
    owed_cents: int
    withdrawn: bool
    replaced: bool
    paid_before: bool


def notice_before(
    *, notice_number: str, collection_id: int, allotted_cents: int
) -> NoticeBefore | None:
    """None for a notice that is not of this Ente. Ask in the transaction of the booking."""
    given: dict[str, str | int] = {
        "notice": notice_number,
        "collection": collection_id,
        "allotted": allotted_cents,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, given)
        row = cursor.fetchone()
    return NoticeBefore(*row) if row else None


def open_anomalies_queue(oddity: str = "") -> "QuerySet[ReceiptAnomaly]":
    """What waits for a person, oldest first; one kind of it if it is given."""
    rows = ReceiptAnomaly.objects.filter(settled_at__isnull=True)
    rows = rows.select_related("receipt__collection__position__subject").order_by("opened_at", "pk")
    found: QuerySet[ReceiptAnomaly] = rows.filter(oddity=oddity) if oddity else rows
    return found


def counts_by_oddity() -> dict[str, int]:
    """How many wait, by oddity; zero where none does."""
    waiting = ReceiptAnomaly.objects.filter(settled_at__isnull=True).order_by()
    found = dict(waiting.values_list("oddity").annotate(count=Count("pk")))
    return {oddity.value: found.get(oddity.value, 0) for oddity in Oddity}
