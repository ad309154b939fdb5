"""Chapter 7, with the collection – money that a payer gave with ours and that went straight to others.

Before: ``collections`` books the whole payment, for the payer owes nothing more.  After: the books say whose it was,
body by body; flows and the treasurer bring the rest. A marca da bollo is money of that kind too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from billing.models import Collection, Transfer
from billing.models.ledger import Account
from billing.services.ledger import add_to_totals

STAMP = "Marca da bollo"


@dataclass(frozen=True, slots=True)
class GivenAway:
    """Cents, > 0; ``fiscal_code`` of the body, empty for a stamp."""

    cents: int
    fiscal_code: str = ""


def book_given_away(*, collection_id: int, given: Sequence[GivenAway], at: datetime) -> None:
    """One transfer for each, out of what that collection brought. Once: not for one that ``is_divided``."""
    if not given:
        return
    collection = Collection.objects.annotate(service_id=F("position__service_id")).get(
        pk=collection_id
    )
    moves = [_transfer(collection, one, at) for one in given]
    Transfer.objects.bulk_create(moves)
    for kind in {move.kind for move in moves}:
        add_to_totals(
            service_id=collection.service_id, kind=kind, slot=collection.position_id or 0,
            amounts=[move.amount_cents for move in moves if move.kind == kind],
        )  # fmt: skip


def is_divided(collection_id: int) -> bool:
    """Whether the books already say whose its money was."""
    return Transfer.objects.filter(collection_id=collection_id, debit=Account.TERZI).exists()


def _transfer(collection: Collection, one: GivenAway, at: datetime) -> Transfer:
    return Transfer(
        kind=Transfer.Kind.SHARE if one.fiscal_code else Transfer.Kind.STAMP,
        debit=Account.TERZI,
        credit=Account.INCASSI,
        amount_cents=one.cents,
        position_id=collection.position_id,
        collection=collection,
        cause=one.fiscal_code or STAMP,
        booked_on=collection.booked_on,
        created_at=at,
    )
