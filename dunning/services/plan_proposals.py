"""Chapter 10 – large plans: proposed by one person, granted by another, above a sum or a number that the body has chosen.

Before: a request worked out at the desk.  After: ``plans.grant_plan``. Until then the credit is as it was; the instalments are
worked out again on the day of the confirmation, and the confirmer confirms those that she reads.
"""

from datetime import datetime

from django.db import transaction

from billing.models import Position
from dunning.models import InstalmentPlan, PlanProposal
from dunning.services.plans import PlanDraft, PlanRefused, asks_for_two, grant_plan, work_out
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row

SHORTEST_REASON = 5


@transaction.atomic
def propose_plan(
    *, position_id: int, draft: PlanDraft, seen_cents: int, actor: Actor, at: datetime
) -> PlanProposal:
    """Have it wait for a second person. ``seen_cents``: the total that was read. Raises PlanRefused."""
    position = lock_row(Position, position_id)
    worked = work_out(position=position, draft=draft, today=at.astimezone(ROME).date())
    if not asks_for_two(position, draft):
        raise PlanRefused("Questa dilazione si può concedere senza una seconda persona")
    if seen_cents != worked.total:
        raise PlanRefused("Nel frattempo gli importi sono cambiati: rileggere le rate e confermare")
    if position.plan_proposals.filter(state=PlanProposal.State.PROPOSED).exists():
        raise PlanRefused("Per questo debito c'è già una proposta che attende conferma")
    proposal = PlanProposal.objects.create(
        position=position, requested_on=draft.requested_on, count=draft.count, first_on=draft.first,
        act=draft.act.strip(), total_cents=worked.total, proposed_at=at, proposer_id=actor.user_id,
        proposer_name=actor.name,
    )  # fmt: skip
    _trace(proposal, "proposed", actor, at)
    return proposal


@transaction.atomic
def confirm_proposal(
    *, proposal_id: int, seen_cents: int, segregation: str, actor: Actor, at: datetime
) -> InstalmentPlan:
    """A second person grants it, for the total of today that she read. Raises PlanRefused."""
    proposal = _waiting(proposal_id)
    plan = grant_plan(
        position_id=proposal.position_id, draft=proposed_draft(proposal), segregation=segregation, actor=actor, at=at,
        seen_cents=seen_cents, proposer_id=proposal.proposer_id,
    )  # fmt: skip
    proposal.plan = plan
    _decide(proposal, PlanProposal.State.GRANTED, actor, at)
    _trace(proposal, "confirmed", actor, at)
    return plan


@transaction.atomic
def refuse_proposal(*, proposal_id: int, reason: str, actor: Actor, at: datetime) -> PlanProposal:
    """It is not granted; who proposed it may take it back so. Raises PlanRefused."""
    proposal = _waiting(proposal_id)
    if len(reason.strip()) < SHORTEST_REASON:
        raise PlanRefused("Scrivere il motivo: lo leggerà chi l'ha proposta")
    proposal.reason = reason.strip()
    _decide(proposal, PlanProposal.State.REFUSED, actor, at)
    _trace(proposal, "refused", actor, at)
    return proposal


def proposed_draft(proposal: PlanProposal) -> PlanDraft:
    """As it was proposed."""
    return PlanDraft(proposal.requested_on, proposal.count, proposal.first_on, proposal.act)


def _waiting(proposal_id: int) -> PlanProposal:
    proposal = lock_row(PlanProposal, proposal_id)
    if proposal.state != PlanProposal.State.PROPOSED:
        raise PlanRefused("Questa proposta è già stata decisa")
    return proposal


def _decide(proposal: PlanProposal, state: str, actor: Actor, at: datetime) -> None:
    proposal.state, proposal.decided_at = state, at
    proposal.decider_id, proposal.decider_name = actor.user_id, actor.name
    proposal.save()


def _trace(proposal: PlanProposal, verb: str, actor: Actor, at: datetime) -> None:
    record_audit(
        action=f"dunning.plan.{verb}", actor=actor, at=at, subject=f"position:{proposal.position.uuid}",
        proposal=str(proposal.uuid), instalments=proposal.count, total_cents=proposal.total_cents, reason=proposal.reason,
    )  # fmt: skip
