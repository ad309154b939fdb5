"""Chapter 2 – proposals decided: once, by a person, with a reason when it is no.

Before: an address or a contact that somebody proposed.  After: the row says who decided what, and when.
"""

from datetime import datetime

from paybox.kernel.actor import Actor
from paybox.kernel.problems import Refused
from registry.models.proposal import Proposal


class ProposalRefused(Refused):
    """It cannot be proposed, taken or refused so; nothing was changed."""


def check_decision(proposal: Proposal, *, accept: bool, reason: str) -> None:
    """Raises ProposalRefused when it was decided already, or when nobody says why not."""
    if proposal.decided_at is not None:
        raise ProposalRefused("Questa proposta è già stata decisa")
    if not accept and not reason.strip():
        raise ProposalRefused("Scrivere perché la proposta non va bene")


def write_decision(
    proposal: Proposal, *, accept: bool, reason: str, actor: Actor, at: datetime
) -> None:
    """Call inside the transaction that locked it."""
    decision = Proposal.Decision.ACCEPTED if accept else Proposal.Decision.REFUSED
    proposal.decision, proposal.decided_at, proposal.decided_by = decision.value, at, actor.name
    proposal.reason = reason.strip()
    proposal.save(update_fields=["decision", "decided_at", "decided_by", "reason"])
