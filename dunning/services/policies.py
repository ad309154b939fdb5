"""Chapter 9 – policies: how a service is chased, decided once, written in versions that are never changed.

Before: an administrator's form.  After: planning takes the newest version; waves remember the step they executed.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from django.db import transaction

from billing.models import Service
from dunning.channels.ready_texts import texts_of_service
from dunning.models import DunningPolicy, PolicyStep
from dunning.rules.act_lines import LineKind
from dunning.rules.channels import CHANNELS, IO, LETTER, PEC, SEND
from dunning.rules.steps import (
    BEFORE_DUE,
    Anchor,
    Step,
    StepKind,
    StepsRefused,
    check_steps,
    number_steps,
)
from dunning.selectors.chosen_texts import missing_texts
from dunning.selectors.policies import current_policy
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name

MAX_HOLDOUT = 50
CHARGED = (LineKind.EXPENSES, LineKind.INTEREST, LineKind.SANCTIONS, LineKind.CHARGES)


@dataclass(frozen=True, slots=True)
class StepDraft:
    """One step as typed. Cents; ``channels`` in order of preference; ``text``: the name of a text, empty for the ordinary."""

    kind: str
    anchor: str
    offset_days: int
    channels: tuple[str, ...]
    needs_approval: bool
    minimum_cents: int = 0
    costs_cents: int = 0
    holdout_percent: int = 0
    charges: tuple[str, ...] = ()
    text: str = ""


@transaction.atomic
def write_policy(
    *, service_id: int, steps: Sequence[StepDraft], actor: Actor, at: datetime
) -> DunningPolicy:
    """A new version, unless it says the same as the current one. Raises StepsRefused."""
    _check(steps)
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
    rows = [_row(policy, number, step, template) for number, step in _numbered(steps)]
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


def _check(steps: Sequence[StepDraft]) -> None:
    check_steps(
        [
            Step(number, StepKind(step.kind), Anchor(step.anchor), step.offset_days)
            for number, step in _numbered(steps)
        ]
    )
    for number, step in _numbered(steps):
        _check_one(number, step)


def _numbered(steps: Sequence[StepDraft]) -> list[tuple[int, StepDraft]]:
    return list(zip(number_steps([step.offset_days for step in steps]), steps, strict=True))


def _check_one(number: int, step: StepDraft) -> None:
    if not step.channels or len(set(step.channels)) != len(step.channels):
        raise StepsRefused(f"Passo {number}: serve almeno un canale, e ciascuno una volta sola")
    if not set(step.channels) <= set(CHANNELS):
        raise StepsRefused(f"Passo {number}: canale sconosciuto")
    if number == BEFORE_DUE and {LETTER, PEC, SEND} & set(step.channels):
        raise StepsRefused("Prima della scadenza non si scrive su carta, per PEC né con SEND")
    if number == BEFORE_DUE and step.text:
        raise StepsRefused(
            "Prima della scadenza si usa solo il testo di base: nulla è ancora scaduto"
        )
    if LETTER in step.channels[:-1]:
        raise StepsRefused(f"Passo {number}: la carta arriva a tutti, può essere solo l'ultima")
    if step.minimum_cents < 0 or step.costs_cents < 0:
        raise StepsRefused(f"Passo {number}: gli importi non possono essere negativi")
    if step.kind != StepKind.COURTESY and IO in step.channels:
        raise StepsRefused(f"Passo {number}: App IO è un canale di cortesia, non prova la consegna")
    if step.kind == StepKind.COURTESY and SEND in step.channels:
        raise StepsRefused(f"Passo {number}: SEND notifica atti, non promemoria di cortesia")
    if step.kind == StepKind.COURTESY:
        if step.costs_cents or step.charges:
            raise StepsRefused(f"Passo {number}: un promemoria di cortesia non addebita spese")
        if not 0 <= step.holdout_percent <= MAX_HOLDOUT:
            raise StepsRefused(
                f"Passo {number}: il gruppo di confronto va da 0 a {MAX_HOLDOUT} per cento"
            )
        return
    if not set(step.charges) <= set(CHARGED):
        raise StepsRefused(f"Passo {number}: una somma da addebitare non esiste")
    if LineKind.SANCTIONS in step.charges and step.kind != StepKind.LEGAL:
        raise StepsRefused(
            f"Passo {number}: la sanzione si chiede solo con un atto di accertamento"
        )
    if (step.charges or step.costs_cents) and not set(step.channels) <= {PEC, SEND, LETTER}:
        raise StepsRefused(
            f"Passo {number}: con somme da addebitare servono SEND, la PEC o la lettera"
        )
    if step.holdout_percent or not step.needs_approval:
        raise StepsRefused(
            f"Passo {number}: un passo formale va approvato ogni volta e arriva a tutti"
        )
