"""Chapter 8 – what was booked on the word of a flow alone, when a later revision no longer says it.

Before: ``flow_collections`` booked rows that waited too long for a receipt.  After: the ledger is left as it is, each
position is told, and the queue of anomalies has it until a person has settled it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from billing.models import Collection, TimelineEntry
from billing.services.timeline import tell
from pagopa.labels import PAID_OUTCOMES
from pagopa.models import Flow
from pagopa.rules.oddities import Oddity
from pagopa.services.anomalies import open_gone_from_flow
from paybox.kernel.actor import PAGOPA
from paybox.kernel.money import format_euro

_NAMED = 5  # of those that are gone, this many are named in words
_BOOKED = """
SELECT DISTINCT c.id FROM pagopa_flowrow w
JOIN billing_collection c ON c.channel = %(channel)s AND c.reference = w.iur
WHERE w.flow_id = %(flow)s AND c.details @> '{"without_receipt": true}'
"""
_GONE = """
SELECT c.id, c.position_id, c.details->>'iuv', c.amount_cents - others.cents, COALESCE(sum(w.amount_cents), 0)::bigint
FROM billing_collection c
CROSS JOIN LATERAL (SELECT COALESCE(sum(t.amount_cents), 0)::bigint AS cents FROM billing_transfer t
    WHERE t.collection_id = c.id AND t.debit = 'TERZI') others
LEFT JOIN pagopa_flowrow w ON w.iuv = c.details->>'iuv' AND w.iur = c.reference AND w.outcome = ANY(%(paid)s)
WHERE c.id = ANY(%(ids)s) AND NOT EXISTS (SELECT FROM pagopa_receipt r WHERE r.collection_id = c.id)
GROUP BY c.id, others.cents HAVING COALESCE(sum(w.amount_cents), 0) <> c.amount_cents - others.cents
ORDER BY c.id
"""


class Gone(NamedTuple):
    """``booked_cents``: ours of it. ``reported_cents``: what all the flows say of it now, zero when nothing does."""

    collection_id: int
    position_id: int | None
    iuv: str
    booked_cents: int
    reported_cents: int


def booked_on_its_word(flow: Flow) -> list[int]:
    """Collections made of rows of ``flow`` that no receipt told. Ask before its rows are replaced."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, {"flow": flow.pk, "channel": str(Collection.Channel.PAGOPA)})
        return [row[0] for row in cursor.fetchall()]


def open_gone(*, flow: Flow, collection_ids: Sequence[int], at: datetime) -> int:
    """Those that the flows no longer report, or for another amount, get a place in a queue. Returns how many."""
    gone = _gone(collection_ids) if collection_ids else []
    if not gone:
        return 0
    open_gone_from_flow(
        raw_message_id=flow.raw_message_id,
        why=_words(flow, gone),
        collection_ids=[one.collection_id for one in gone],
        at=at,
    )
    tell(
        position_ids=[one.position_id for one in gone if one.position_id is not None],
        kind=TimelineEntry.Kind.NOTE,
        at=at,
        actor=PAGOPA,
        reference=flow.identifier,
        oddity=Oddity.GONE_FROM_FLOW.value,
        text=Oddity.GONE_FROM_FLOW.words,
    )
    return len(gone)


def _gone(collection_ids: Sequence[int]) -> list[Gone]:
    asked = {"ids": list(collection_ids), "paid": sorted(PAID_OUTCOMES)}
    with connection.cursor() as cursor:
        cursor.execute(_GONE, asked)
        return [Gone(*row) for row in cursor.fetchall()]


def _words(flow: Flow, gone: Sequence[Gone]) -> str:
    named = "; ".join(
        f"IUV {one.iuv}: registrati {format_euro(one.booked_cents)} €,"
        f" ora riportati {format_euro(one.reported_cents)} €"
        for one in gone[:_NAMED]
    )
    more = f"; e altri {len(gone) - _NAMED}" if len(gone) > _NAMED else ""
    return f"Flusso {flow.identifier}. {named}{more}"
