"""The states of a position and of an instalment: total functions over facts. The stored columns are their cache."""

from dataclasses import dataclass

from django.db.models import TextChoices


class PositionState(TextChoices):
    OPEN = "APERTA", "Da pagare"
    PARTLY_PAID = "PARZIALE", "Pagata in parte"
    SETTLED = "PAGATA", "Pagata"
    WITHDRAWN = "ANNULLATA", "Annullata"


UNPAID = (PositionState.OPEN, PositionState.PARTLY_PAID)


class InstalmentState(TextChoices):
    PAYABLE = "PAGABILE", "Pagabile"
    PAID = "PAGATA", "Pagata"
    CLOSED = "CHIUSA", "Non più pagabile"
    WITHDRAWN = "ANNULLATA", "Annullata"


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """``paid_numbers``: numbers of the instalments with a collection (0 is the rata unica)."""

    total_cents: int
    residual_cents: int
    withdrawn: bool
    paid_numbers: frozenset[int]


def position_state(facts: PositionFacts) -> PositionState:
    """What the facts say of the whole position."""
    if facts.withdrawn:
        return PositionState.WITHDRAWN
    if facts.residual_cents == 0:
        return PositionState.SETTLED
    if facts.residual_cents < facts.total_cents:
        return PositionState.PARTLY_PAID
    return PositionState.OPEN


def instalment_state(facts: PositionFacts, number: int) -> InstalmentState:
    """Paying the rata unica closes the rate, paying one rata closes the rata unica."""
    if number in facts.paid_numbers:
        return InstalmentState.PAID
    if facts.withdrawn:
        return InstalmentState.WITHDRAWN
    if facts.residual_cents == 0:
        return InstalmentState.CLOSED
    other_way = (
        any(paid != 0 for paid in facts.paid_numbers) if number == 0 else 0 in facts.paid_numbers
    )
    return InstalmentState.CLOSED if other_way else InstalmentState.PAYABLE
