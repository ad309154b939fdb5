"""Chapter 10 – where the post says that somebody lives now: a proposal for an official, like any other address.

Before: a row of a provider's file with a new address.  After: the queue of proposed addresses; nothing changes by itself.
"""

from datetime import datetime

from dunning.channels.post_mappers import PostNews
from dunning.models import Letter
from paybox.kernel.actor import Actor
from registry.models import AddressProposal
from registry.services.address_proposals import propose_address


def propose_forward(
    letter: Letter, row: PostNews, raw_message_id: int, actor: Actor, at: datetime
) -> None:
    """Read again, it proposes nothing more. Call inside a transaction."""
    if row.forward is None:
        return
    subject = letter.attempt.item.subject
    assert subject is not None  # noqa: S101 - a letter is never of a list
    propose_address(
        subject=subject, address=row.forward, source=AddressProposal.Source.RETURNED.value,
        note=f"lettera {letter.registered_number or letter.code}: {row.outcome.label}", actor=actor, at=at,
        raw_message_id=raw_message_id,
    )  # fmt: skip
