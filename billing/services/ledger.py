"""Chapter 7 – ledger: the totals the dashboard reads, kept in the transaction of the transfers they count."""

from collections.abc import Iterable

from django.db import connection

from billing.models import LedgerTotal

_ADD = """
    INSERT INTO billing_ledgertotal (service_id, kind, slot, amount_cents, transfers)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (service_id, kind, slot) DO UPDATE
    SET amount_cents = billing_ledgertotal.amount_cents + EXCLUDED.amount_cents,
        transfers = billing_ledgertotal.transfers + EXCLUDED.transfers
"""


def add_to_totals(*, service_id: int | None, kind: str, amounts: Iterable[int], slot: int) -> None:
    """Count transfers just written: ``amounts`` in cents; ``slot`` is any number (a position's id does well)."""
    amounts = list(amounts)
    if not amounts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD, [service_id, kind, slot % LedgerTotal.SLOTS, sum(amounts), len(amounts)]
        )
