"""Chapter 10 – acts: the sums of the credit that takes another's place, and what of them is kept with it.

Before: a credit and what an act adds.  After: ``acts`` opens the new one, a movement for each added sum.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.models import Position, Transfer
from billing.rules.interest import interest_on
from billing.services.positions import PositionRefused
from dunning.rules.act_facts import Debt, kept_rows
from dunning.selectors.acts import debts_of, due_before, is_sanctioned, principal_of


@dataclass(frozen=True, slots=True)
class Costs:
    """What is added, in cents. ``interest_cents`` None: legal interest on the principal, up to the day of the act."""

    expenses_cents: int = 0
    sanctions_cents: int = 0
    interest_cents: int | None = None
    charges_cents: int = 0

    def __post_init__(self) -> None:
        given = (self.expenses_cents, self.sanctions_cents, self.charges_cents)
        if min(*given, self.interest_cents or 0) < 0:
            raise PositionRefused("Spese, sanzioni e interessi non possono essere negativi")


@dataclass(frozen=True, slots=True)
class Lines:
    """The new total, line by line, in cents. ``earlier`` is what a previous replacement had already added."""

    debts: tuple[Debt, ...]  # the principal, from when each part runs
    earlier: int
    sanctions: int
    interest: int
    expenses: int
    charges: int

    @property
    def principal(self) -> int:
        return sum(debt.cents for debt in self.debts)

    @property
    def total(self) -> int:
        return self.principal + self.earlier + sum(cents for _, cents in self.added)

    @property
    def added(self) -> tuple[tuple[str, int], ...]:
        """Each added sum with the kind of its movement."""
        kind = Transfer.Kind
        return (
            (kind.SANCTION, self.sanctions),
            (kind.INTEREST, self.interest),
            (kind.SERVICE_COSTS, self.expenses),
            (kind.CHARGES, self.charges),
        )


def lines_of(old: Position, costs: Costs, *, today: date) -> Lines:
    """Interest runs on principal only (art. 1283 c.c.); what was added before stays as it was."""
    debts = debts_of(old)
    interest = costs.interest_cents
    if interest is None:
        interest = interest_on([(debt.since, debt.cents) for debt in debts], paid_on=today)
    return Lines(
        debts,
        old.residual_cents - principal_of(old),
        costs.sanctions_cents,
        interest,
        costs.expenses_cents,
        costs.charges_cents,
    )


def details_of(old: Position, lines: Lines, *, counted: date) -> dict[str, Any]:
    """What later acts start from. ``counted``: the last day whose interest is in the lines."""
    return {
        "sostituisce": str(old.uuid),
        "righe": {
            "capitale_cents": lines.principal,
            "precedenti_cents": lines.earlier,
            "sanzioni_cents": lines.sanctions,
            "interessi_cents": lines.interest,
            "spese_cents": lines.expenses,
            "oneri_cents": lines.charges,
            "scadenza": due_before(old).isoformat(),
            "sanzionata": lines.sanctions > 0 or is_sanctioned(old),
            "interessi_al": counted.isoformat(),
            **({"rate": kept_rows(lines.debts, counted=counted)} if len(lines.debts) > 1 else {}),
        },
    }
