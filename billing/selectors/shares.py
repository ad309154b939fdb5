"""To whom the money of a position goes: its own shares if it was opened with some, else those of its service."""

from billing.models import Position
from billing.rules.shares import Part, Share, divide, read_shares

# Where a position keeps what is its own, in ``details``.
SHARES = "quote"
STAMPS = "bolli"


def shares_of(position: Position) -> tuple[Share, ...]:
    """Empty: all of it is the Ente's. Select ``service`` when there are many."""
    kept = position.details.get(SHARES, position.service.shares)
    return read_shares([*kept, *position.details.get(STAMPS, [])])


def parts_of(position: Position, *, amount_cents: int) -> tuple[Part, ...]:
    """What one of its notices asks for, divided: one to five parts that add up to ``amount_cents``.

    A part's empty fields are the Ente's and its service's. Raises ValueError when the shares cannot be.
    """
    return divide(
        payable_cents=amount_cents, total_cents=position.total_cents, shares=shares_of(position)
    )
