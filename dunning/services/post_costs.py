"""Chapter 10 – what the operator asks for each letter: from then on the cost of a sending is the true one, not the list's.

Before: the operator's file, kept raw.  After: the letter and its attempt carry the sum; reports add it up.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from billing.rules.load_file.named_rows import SURPLUS
from dunning.channels.post_mappers import RowRefused, file_rows
from dunning.models import Attempt, Letter
from dunning.services.post_outcomes import letter_of
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.inbox import store_raw
from paybox.kernel.money import AmountRefused, parse_cents

COLUMNS = ("id_invio", "numero_raccomandata", "costo")
MILLS_IN_A_CENT = 10
MAX_CENTS = 10_000  # a letter of a hundred euros is a misplaced comma


@dataclass(frozen=True, slots=True)
class Billed:
    """``known``: letters that already cost that; ``mills``: what the rows taken ask, thousandths of a euro."""

    taken: int
    known: int
    mills: int
    refused: tuple[RowRefused, ...]


@transaction.atomic
def import_costs(*, raw: bytes, scope: tuple[str, ...], actor: Actor, at: datetime) -> Billed:
    """Read a CSV of letters and euros. Twice the same is once; a later sum replaces it. Raises OutcomesRefused."""
    message = store_raw(kind="dunning.post_costs", body=raw, at=at)
    taken = known = mills = 0
    refused: list[RowRefused] = []
    for row in file_rows(raw, COLUMNS, ("costo",), COLUMNS[:2]):
        answer = RowRefused(row.line, "", SURPLUS) if row.surplus else _take(row.line, row.cells, scope)  # fmt: skip
        if isinstance(answer, RowRefused):
            refused.append(answer)
        else:
            changed, sum_mills = answer
            taken, known, mills = taken + changed, known + (not changed), mills + sum_mills
    record_audit(
        action="dunning.post_costs.imported", actor=actor, at=at, subject=f"raw:{message.uuid}", taken=taken, known=known,
        mills=mills, refused=len(refused),
    )  # fmt: skip
    return Billed(taken, known, mills, tuple(refused))


def _take(row: int, told: dict[str, str], scope: tuple[str, ...]) -> tuple[bool, int] | RowRefused:
    letter = letter_of(told["id_invio"], told["numero_raccomandata"], scope)
    if letter is None:
        words = (
            f"la lettera «{told['id_invio'] or told['numero_raccomandata']}» non è di questo Ente"
        )
        return RowRefused(row, "id_invio", words)
    try:
        cents = parse_cents(told["costo"])
    except AmountRefused as refusal:
        return RowRefused(row, "costo", str(refusal))
    if not 0 <= cents <= MAX_CENTS:
        return RowRefused(row, "costo", "il costo di una lettera va da 0 a 100 euro")
    return _write(letter, cents * MILLS_IN_A_CENT), cents * MILLS_IN_A_CENT


def _write(letter: Letter, mills: int) -> bool:
    if letter.billed_mills == mills:
        return False
    Letter.objects.filter(pk=letter.pk).update(billed_mills=mills)
    Attempt.objects.filter(pk=letter.attempt_id).update(cost_mills=mills)
    return True
