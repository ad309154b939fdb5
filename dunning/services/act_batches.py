"""Chapter 10 – acts for many: a step that adds sums is worked out for all whose turn it is, and approved by a second person.

Before: the procedure, and the step before it done.  After: ``act_making`` replaces credit by credit, ``act_sending`` has the
acts served. Nothing is charged here: a batch that is not approved leaves no trace on any credit.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from billing.models import Service
from dunning.models import ActBatch, PolicyStep
from dunning.rules.limitation import CreditKind
from dunning.rules.steps import StepKind
from dunning.selectors.act_batches import act_fingerprint
from dunning.selectors.acts import rules_of
from dunning.selectors.chosen_texts import missing_texts
from dunning.selectors.policies import current_policy, is_superseded, policy_steps
from dunning.services.act_choosing import fill_batch
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.simulation import LASTS
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job
from paybox.kernel.queue import enqueue

KIND = "dunning.acts"
WORK = "dunning.make_acts"


@transaction.atomic
def plan_acts(
    *, service_id: int, number: int, due_on: date, reason: str, actor: Actor, at: datetime, today: date
) -> ActBatch:  # fmt: skip
    """Work out the acts of one step as of that day: sums, article by article, and who stays out and why.

    ``due_on``: by when the new credits are to be paid. Raises WaveRefused.
    """
    step = _step(service_id, number)
    _check(step, due_on, reason, today)
    batch = ActBatch.objects.create(
        service=step.policy.service, step=step, planned_on=today, due_on=due_on, reason=reason.strip(), created_at=at,
        expires_at=at + LASTS, author_id=actor.user_id, author_name=actor.name,
    )  # fmt: skip
    fill_batch(batch, at=at)
    batch.snapshot_sha256 = act_fingerprint(batch)
    batch.save()
    _trace(batch, "planned", actor, at, acts=batch.acts, added_cents=batch.added_cents)
    return batch


@transaction.atomic
def approve_acts(*, batch_id: int, actor: Actor, at: datetime, seen: str | None = None) -> ActBatch:
    """A second person approves exactly these figures, and they are made. ``seen``: the fingerprint she had before her.

    Raises ApprovalRefused, WaveRefused.
    """
    batch = _locked(batch_id, [ActBatch.State.SIMULATED], "approvare")
    if batch.author_id == actor.user_id:
        raise ApprovalRefused(
            "Gli atti vanno approvati da una persona diversa da chi li ha preparati"
        )
    if not batch.acts:
        raise ApprovalRefused("In questo lotto non c'è nessun atto da fare")
    if at > batch.expires_at:
        raise ApprovalRefused("Il calcolo è troppo vecchio: va rifatto con i dati di oggi")
    if is_superseded(batch.step):
        raise ApprovalRefused("La procedura è cambiata dopo il calcolo: va rifatto")
    now = act_fingerprint(batch)
    if batch.snapshot_sha256 != now or seen not in (None, now):
        raise ApprovalRefused("Gli importi sono cambiati dopo il calcolo: va rifatto")
    batch.job = Job.objects.create(
        kind=KIND, title=f"Atti di {batch.service.name}", total=batch.acts, created_at=at, actor_name=actor.name,
        details={"acts": str(batch.uuid)},
    )  # fmt: skip
    batch.approved_at, batch.approver_id, batch.approver_name = at, actor.user_id, actor.name
    batch.state = ActBatch.State.MAKING
    batch.save()
    enqueue(WORK, batch_id=batch.pk)
    _trace(batch, "approved", actor, at, snapshot=now)
    return batch


@transaction.atomic
def cancel_acts(*, batch_id: int, actor: Actor, at: datetime) -> ActBatch:
    """Give up a batch before it is approved: no credit has changed. Raises WaveRefused."""
    batch = _locked(batch_id, [ActBatch.State.SIMULATED], "annullare")
    batch.state, batch.ended_at = ActBatch.State.CANCELLED, at
    batch.save(update_fields=["state", "ended_at"])
    _trace(batch, "cancelled", actor, at)
    return batch


def steps_with_acts(service: Service) -> list[PolicyStep]:
    """The steps of the procedure in force that are made as acts."""
    policy = current_policy(service_id=service.pk)
    return [step for step in policy_steps(policy) if step.adds_sums] if policy else []


def _step(service_id: int, number: int) -> PolicyStep:
    policy = current_policy(service_id=service_id)
    steps = policy_steps(policy) if policy else []
    found = next((step for step in steps if step.number == number), None)
    if found is None:
        raise WaveRefused("La procedura di questo tipo di dovuto non ha questo passo")
    return found


def _check(step: PolicyStep, due_on: date, reason: str, today: date) -> None:
    if not step.adds_sums:
        raise WaveRefused("Questo passo non addebita nulla: si prepara come invio")
    if due_on <= today:
        raise WaveRefused("La nuova scadenza deve essere dopo oggi")
    if not reason.strip():
        raise WaveRefused("Serve il motivo: resta scritto su ogni credito sostituito")
    order = rules_of(step.policy.service).kind == CreditKind.ORDER_DUES
    if step.kind == StepKind.LEGAL and order:
        raise WaveRefused(
            "Un Ordine non emette accertamenti esecutivi (L. 160/2019, art. 1 c. 784)"
        )
    if missing := missing_texts(step):
        raise WaveRefused(missing)


def _locked(batch_id: int, states: Collection[str], verb: str) -> ActBatch:
    batch = lock_row(ActBatch, batch_id)
    if batch.state not in states:
        raise WaveRefused(f"Il lotto è «{batch.get_state_display()}»: non si può {verb}")
    return batch


def _trace(batch: ActBatch, verb: str, actor: Actor, at: datetime, **details: object) -> None:
    record_audit(
        action=f"dunning.acts.{verb}", actor=actor, at=at, subject=f"acts:{batch.uuid}", **details
    )
