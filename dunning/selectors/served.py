"""Formal steps of a procedure whose delivery is proved: they count as acts served, without anybody writing them down.

A formal step that only an SMS or an ordinary e-mail delivered is not here: nothing proves that it was received.
"""

from django.db.models import QuerySet

from dunning.models import ServedAct, StepTaken
from dunning.rules.steps import StepKind

# Channels whose delivery is a proof in law, each with the kind of proof.
PROOFS = {"PEC": ServedAct.Source.PEC, "SEND": ServedAct.Source.SEND}


def proved_steps() -> QuerySet[StepTaken]:
    """Those of all positions of the Ente: the caller narrows them."""
    formal = StepTaken.objects.filter(item__wave__step__kind__in=[StepKind.FORMAL, StepKind.LEGAL])
    return formal.filter(delivered_on__isnull=False, item__channel__in=PROOFS)
