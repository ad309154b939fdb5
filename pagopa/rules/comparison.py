"""What pagoPA says of a day beside what the Ente has made of it: the same cents, or it is said where they differ.

Before: a day at the Node, and where the money stands after it.  After: whoever reads the figures.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayAtTheNode:
    """As told by the other side; cents."""

    receipts: int
    paid_cents: int
    without_receipt_cents: int
    flows_cents: int
    credits_cents: int


@dataclass(frozen=True, slots=True)
class DayInTheBooks:
    """As found in the books; cents. ``explained`` and ``queued`` are of the treasurer's credits."""

    receipts: int
    collected_cents: int
    unreceipted_cents: int
    reported_cents: int
    explained_cents: int
    queued_cents: int


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both; ``money`` False: a count, not cents."""

    what: str
    theirs: int
    ours: int
    money: bool = True

    @property
    def agrees(self) -> bool:
        return self.theirs == self.ours


def compare_day(theirs: DayAtTheNode, ours: DayInTheBooks) -> list[Compared]:
    """In the order in which money travels: paid, reported, credited."""
    credited = ours.explained_cents + ours.queued_cents
    return [
        Compared("Ricevute", theirs.receipts, ours.receipts, money=False),
        Compared("Pagato con ricevuta e incassato", theirs.paid_cents, ours.collected_cents),
        Compared("Pagato senza ricevuta", theirs.without_receipt_cents, ours.unreceipted_cents),
        Compared("Rendicontato nei flussi", theirs.flows_cents, ours.reported_cents),
        Compared("Accreditato in tesoreria", theirs.credits_cents, credited),
    ]
