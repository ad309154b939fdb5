"""Formal steps of a procedure whose delivery is proved: they count as acts served, without anybody writing them down.

A formal step that only an SMS or an ordinary e-mail delivered is not here: nothing proves that it was received.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.models import Position
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


def acts_served(positions: "QuerySet[Position] | Collection[int]") -> dict[int, list[ServedAct]]:
    """position → its acts, by the day they count from: those written down, and those steps (rows not stored)."""
    steps = list(proved_steps().filter(position__in=positions).select_related("item__wave__step"))
    letters = letter_proofs([step.item_id for step in steps])
    acts = [
        *ServedAct.objects.filter(position__in=positions).order_by("pk"),
        *(_of_step(step, letters.get(step.item_id) or _by_wire(step)) for step in steps),
    ]
    found: dict[int, list[ServedAct]] = defaultdict(list)
    for act in sorted(acts, key=lambda one: one.perfected_on):
        found[act.position_id].append(act)
    return found


def _by_wire(step: StepTaken) -> tuple[date, ServedAct.Source]:
    assert step.delivered_on is not None  # noqa: S101 - of a proved step
    return step.delivered_on, PROOFS[step.item.channel]


def _of_step(step: StepTaken, proof: tuple[date, ServedAct.Source]) -> ServedAct:
    """The delivery of a formal step, as evidence of its own."""
    wave = step.item.wave
    legal = wave.step is not None and wave.step.kind == StepKind.LEGAL
    perfected_on, source = proof
    return ServedAct(
        position_id=step.position_id,
        kind=ServedAct.Kind.ASSESSMENT if legal else ServedAct.Kind.DEMAND,
        sent_on=step.taken_on,
        perfected_on=perfected_on,
        source=source,
        reference=f"invio {wave.uuid}, passo {step.step}",
        actor_name=wave.author_name,
        created_at=step.item.updated_at,
    )


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


def _arrived() -> QuerySet[Letter]:
    """Ordinary post proves nothing."""
    return Letter.objects.filter(
        batch__product=Product.REGISTERED.value, perfected_on__isnull=False
    )
