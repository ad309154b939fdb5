"""Formal steps of a procedure whose delivery is proved: they count as acts served, without anybody writing them down.

A formal step that only an SMS or an ordinary e-mail delivered is not here: nothing proves that it was received.
"""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from dunning.models import Letter, ServedAct, StepTaken
from dunning.rules.channels import LETTER
from dunning.rules.post import PostOutcome, Product
from dunning.rules.steps import StepKind

# Channels whose delivery is a proof in law, each with the kind of proof.
PROOFS = {"PEC": ServedAct.Source.PEC, "SEND": ServedAct.Source.SEND}


def proved_steps() -> QuerySet[StepTaken]:
    """Those of all positions of the Ente: the caller narrows them."""
    formal = StepTaken.objects.filter(item__wave__step__kind__in=[StepKind.FORMAL, StepKind.LEGAL])
    arrived = _arrived().filter(attempt__item=OuterRef("item"))
    by_wire = Q(delivered_on__isnull=False, item__channel__in=PROOFS)
    return formal.filter(by_wire | Q(Exists(arrived), item__channel=LETTER))


def letter_proofs(item_ids: Collection[int]) -> dict[int, tuple[date, ServedAct.Source]]:
    """item → the day its registered letter counts as arrived, and what proves it. Of a repeated one, the first."""
    proved: dict[int, tuple[date, ServedAct.Source]] = {}
    letters = _arrived().filter(attempt__item__in=item_ids).order_by("-perfected_on", "-pk")
    for item_id, day, outcome in letters.values_list("attempt__item_id", "perfected_on", "outcome"):
        stayed = outcome == PostOutcome.COMPIUTA_GIACENZA
        if day is not None:
            source = ServedAct.Source.STORAGE if stayed else ServedAct.Source.CARD
            proved[item_id] = (day, source)
    return proved


def proved_assessment(position_id: int) -> date | None:
    """The last day on which an assessment sent as a step of the procedure is proved to have arrived."""
    steps = proved_steps().filter(position=position_id, item__wave__step__kind=StepKind.LEGAL)
    rows = list(steps.values_list("item_id", "delivered_on"))
    letters = letter_proofs([item_id for item_id, _ in rows])
    days = [letters[item][0] if item in letters else day for item, day in rows]
    return max((day for day in days if day), default=None)


def _arrived() -> QuerySet[Letter]:
    """Ordinary post proves nothing."""
    return Letter.objects.filter(
        batch__product=Product.REGISTERED.value, perfected_on__isnull=False
    )
