"""Chapter 8 – what the treasurer did to each provvisorio: kept once as told, then summed into the credit.

Files may come twice, late, or in the wrong order: the credit is always the sum of the movements known.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pagopa.models import TreasuryCredit, TreasuryMovement
from pagopa.services.repairs import drop_money_repairs
from pagopa.services.treasury_matching import (
    label_again,
    label_found,
    label_singles_again,
    lock_treasury,
)
from pagopa.wire.treasury_movement import Movement, Operation
from paybox.kernel.actor import PAGOPA
from paybox.kernel.audit import record_audit


@dataclass(frozen=True, slots=True)
class TakenTreasury:
    """``labels`` counts the new credits; ``already`` those that were there; ``orphans`` of no provvisorio we know."""

    new: int
    already: int
    amount_cents: int
    labels: dict[str, int]
    changed: int = 0
    orphans: int = 0


@transaction.atomic
def take_movements(*, found: Sequence[Movement], raw_id: int, at: datetime) -> TakenTreasury:
    """Keep each movement once, open the new credits, sum what the treasurer did to the old ones."""
    lock_treasury()
    credits = _known_credits(found)
    arrived = [m for m in found if m.operation == Operation.EXECUTED]
    _keep_movements(found, raw_id)
    made = _open_credits(arrived, credits, raw_id)
    _alarm_differing(arrived, credits, raw_id, at)
    touched = {m.reference for m in found if m.operation != Operation.EXECUTED}
    changed = _sum_up(
        [credits[r] for r in touched | {c.reference for c in made} if r in credits], at
    )
    for credit in made:
        label_found(credit)
    label_singles_again()
    return TakenTreasury(
        new=len(made),
        already=len(arrived) - len(made),
        amount_cents=sum(credit.amount_cents for credit in made),
        labels=dict(Counter(str(credit.label) for credit in made)),
        changed=len([c for c in changed if c not in made]),
        orphans=len(touched - credits.keys()),
    )


def _known_credits(found: Iterable[Movement]) -> dict[str, TreasuryCredit]:
    references = {movement.reference for movement in found}
    known = TreasuryCredit.objects.filter(reference__in=references)
    return {c.reference: c for c in known.select_for_update(of=("self",)).order_by("pk")}


def _keep_movements(found: Iterable[Movement], raw_id: int) -> None:
    TreasuryMovement.objects.bulk_create(
        [
            TreasuryMovement(
                reference=m.reference,
                operation=m.operation.value,
                number=m.number,
                moved_on=m.moved_on,
                amount_cents=m.amount_cents,
                raw_message_id=raw_id,
            )
            for m in found
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )


def _open_credits(
    arrived: Iterable[Movement], credits: dict[str, TreasuryCredit], raw_id: int
) -> list[TreasuryCredit]:
    """``credits`` grows by what is made."""
    made = []
    for m in arrived:
        if m.reference in credits:
            continue
        credit = TreasuryCredit(
            reference=m.reference,
            amount_cents=m.amount_cents,
            value_on=m.value_on,
            causale=m.causale,
            payer=m.payer,
            bank_reference=m.bank_reference,
            label=TreasuryCredit.Label.TES_NO_IUF,
            raw_message_id=raw_id,
        )
        credits[m.reference] = credit
        made.append(credit)
    return made


def _sum_up(credits: Iterable[TreasuryCredit], at: datetime) -> list[TreasuryCredit]:
    """Regularised and reversed cents from all the movements known; a credit that changed is labelled anew."""
    credits = sorted(credits, key=lambda credit: credit.reference)
    sums = _sums_of({credit.reference for credit in credits})
    changed = []
    for credit in credits:
        of = sums[credit.reference]
        covered = of[Operation.REGULARISED] - of[Operation.RESTORED]
        regularised = min(max(covered, 0), credit.amount_cents)
        reversed_ = min(of[Operation.REVERSED], credit.amount_cents)
        if (regularised, reversed_) != (credit.regularised_cents, credit.reversed_cents):
            credit.regularised_cents, credit.reversed_cents = regularised, reversed_
            changed.append(credit)
    for credit in changed:
        _tell_reversal(credit, at)
    return changed


def _tell_reversal(credit: TreasuryCredit, at: datetime) -> None:
    """Money that went back pays nothing: a person's match falls, and what it paid is free for other credits."""
    if credit.reversed_cents and credit.pk:
        drop_money_repairs(credit, at=at)
    freed = credit.flow
    label_found(credit)
    if freed is not None and credit.flow != freed:
        label_again(freed)


def _sums_of(references: set[str]) -> dict[str, Counter[str]]:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    kept = TreasuryMovement.objects.filter(reference__in=references)
    for reference, operation, cents in kept.values_list("reference", "operation", "amount_cents"):
        sums[reference][operation] += cents
    return sums


def _alarm_differing(
    arrived: Iterable[Movement], credits: dict[str, TreasuryCredit], raw_id: int, at: datetime
) -> None:
    """The same provvisorio with another amount: the first one counts, and somebody is told."""
    for m in arrived:
        known = credits.get(m.reference)
        if known is not None and known.amount_cents != m.amount_cents:
            record_audit(
                action="pagopa.treasury.differed",
                actor=PAGOPA,
                at=at,
                subject=f"treasury:{m.reference}",
                raw_message_id=raw_id,
            )
