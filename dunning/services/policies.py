"""Chapter 9 – policies: how a service is chased, decided once, written in versions that are never changed.

Before: an administrator's form; what a step may be is in ``rules/step_drafts``.  After: planning takes the newest version; waves remember the step they executed.
"""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from django.db import transaction

from billing.models import Service
from dunning.channels.ready_texts import texts_of_service
from dunning.models import DunningPolicy, PolicyStep
from dunning.rules.step_drafts import StepDraft, check_drafts, numbered
from dunning.rules.steps import StepsRefused
from dunning.selectors.chosen_texts import missing_texts
from dunning.selectors.policies import current_policy
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name


@transaction.atomic
def write_policy(
    *, service_id: int, steps: Sequence[StepDraft], actor: Actor, at: datetime
) -> DunningPolicy:
    """A new version, unless it says the same as the current one. Raises StepsRefused."""
    check_drafts(steps)
    lock_name(f"dunning.policy/{service_id}")
    service = Service.objects.get(pk=service_id)
    current = current_policy(service_id=service_id)
    if current is not None and _drafts(current) == [astuple(step) for step in steps]:
        return current
    policy = DunningPolicy.objects.create(
        service=service,
        version=current.version + 1 if current else 1,
        created_at=at,
        author_id=actor.user_id,
        author_name=actor.name,
    )
    template = texts_of_service(service.code)
    rows = [_row(policy, number, step, template) for number, step in numbered(steps)]
    _check_texts(rows)
    PolicyStep.objects.bulk_create(rows)
    record_audit(
        action="dunning.policy.written",
        actor=actor,
        at=at,
        subject=f"policy:{service.code}/{policy.version}",
        steps=len(steps),
    )
    return policy


def _row(policy: DunningPolicy, number: int, step: StepDraft, template: str) -> PolicyStep:
    return PolicyStep(
        policy=policy,
        number=number,
        kind=step.kind,
        anchor=step.anchor,
        offset_days=step.offset_days,
        channels=list(step.channels),
        template=template,
        needs_approval=step.needs_approval,
        minimum_cents=step.minimum_cents,
        costs_cents=step.costs_cents,
        holdout_percent=step.holdout_percent,
        charges=list(step.charges),
        text=step.text,
    )


def _check_texts(rows: Sequence[PolicyStep]) -> None:
    """What a step names is there, authorised, for each of its channels."""
    for row in rows:
        if row.text and (missing := missing_texts(row)):
            raise StepsRefused(f"Passo {row.number}: {missing[0].lower()}{missing[1:]}")


def _drafts(policy: DunningPolicy) -> list[tuple[object, ...]]:
    return [
        (
            s.kind, s.anchor, s.offset_days, tuple(s.channels), s.needs_approval, s.minimum_cents, s.costs_cents,
            s.holdout_percent, tuple(s.charges), s.text,
        )
        for s in policy.steps.order_by("number")
    ]  # fmt: skip
