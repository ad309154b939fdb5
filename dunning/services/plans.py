"""Chapter 10 – plans: a debt to be paid month by month, granted on request; its instalments are ways to pay on pagoPA.

Before: an unpaid credit and the body's rules (L. 160/2019 art. 1 c. 796–801).  After: instalments paid, missed, reminded; the
right lost only when an official declares it (c. 800). While a plan is in force nothing else chases the debt.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from billing.models import Position
from billing.rules.dated import RulesRefused
from billing.rules.interest import interest_on
from billing.rules.plan_rows import PlanRow, PlanTerms, plan_rows
from billing.services.positions import NewInstalment
from billing.states import PositionState
from dunning.models import Hold, InstalmentPlan, PlanReminder
from dunning.selectors.acts import debts_of, principal_of, rules_of
from dunning.selectors.plans import most_instalments, rates_of, wants_two_persons, was_lost
from dunning.services.acts import Costs, replace_position
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused


class PlanRefused(Refused):
    """The plan cannot be granted, reminded or declared lost as asked; nothing was written."""


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """``first``: any day of the month in which the first instalment falls due; ``act``: the decision that grants it."""

    requested_on: date
    count: int
    first: date
    act: str


@dataclass(frozen=True, slots=True)
class Worked:
    """A plan worked out, not granted. Cents. ``so_far`` is the interest of the delay until today."""

    rows: list[PlanRow]
    debt: int
    so_far: int

    @property
    def interest(self) -> int:
        return sum(row.interest_cents for row in self.rows)

    @property
    def total(self) -> int:
        return sum(row.cents for row in self.rows)


def work_out(*, position: Position, draft: PlanDraft, today: date) -> Worked:
    """The instalments that would be granted today; nothing is written. Raises PlanRefused, RulesRefused."""
    _check(position, draft, today)
    principal = principal_of(position)
    so_far = interest_on([(d.since, d.cents) for d in debts_of(position)], paid_on=today)
    terms = PlanTerms(
        principal_cents=principal,
        other_cents=position.residual_cents - principal + so_far,
        count=draft.count,
        first=draft.first,
        granted_on=today,
        spread=rules_of(position.service).plan_spread,
    )
    return Worked(plan_rows(terms), position.residual_cents, so_far)


@transaction.atomic
def grant_plan(
    *, position_id: int, draft: PlanDraft, segregation: str, actor: Actor, at: datetime, seen_cents: int | None = None,
    proposer_id: int | None = None,
) -> InstalmentPlan:  # fmt: skip
    """Close the credit and open it by instalments, with the interest of the plan as a movement of its own.

    ``seen_cents``: the total that the official confirmed; ``proposer_id``: who asked for it, where two persons are needed.
    Raises PlanRefused.
    """
    today = at.astimezone(ROME).date()
    old = lock_row(Position, position_id)
    worked = work_out(position=old, draft=draft, today=today)
    if seen_cents is not None and seen_cents != worked.total:
        raise PlanRefused("Nel frattempo gli importi sono cambiati: rileggere le rate e confermare")
    if proposer_id in (None, actor.user_id) and asks_for_two(old, draft):
        raise PlanRefused("Questa dilazione la concede una persona diversa da chi la propone")
    new = replace_position(
        position_id=old.pk,
        costs=Costs(interest_cents=worked.so_far + worked.interest),
        reason=f"Dilazione: {draft.act.strip()}",
        due_on=worked.rows[0].due_on,
        segregation=segregation,
        actor=actor,
        at=at,
        instalments=tuple(NewInstalment(r.number, r.due_on, r.cents) for r in worked.rows),
    )
    plan = _keep(new, worked, draft, actor, at, today)
    record_audit(
        action="dunning.plan.granted", actor=actor, at=at, subject=f"position:{new.uuid}", instalments=len(worked.rows),
        total_cents=worked.total, act=plan.act,
    )  # fmt: skip
    return plan


def asks_for_two(position: Position, draft: PlanDraft) -> bool:
    """Whether that plan is above what one person may grant."""
    rules = rules_of(position.service)
    return wants_two_persons(rules, debt_cents=position.residual_cents, count=draft.count)


@transaction.atomic
def remind_instalment(
    *, plan_id: int, number: int, sent_on: date, term_on: date, proof: str, actor: Actor, at: datetime
) -> PlanReminder:  # fmt: skip
    """Write down the express reminder of a missed instalment, once. Raises PlanRefused."""
    plan, today = lock_row(InstalmentPlan, plan_id), at.astimezone(ROME).date()
    rules = rules_of(plan.position.service)
    rate = next((r for r in rates_of(plan, rules, on=sent_on) if r.row.number == number), None)
    if plan.lost_on is not None or rate is None or not rate.missed:
        raise PlanRefused("Si sollecita solo una rata scaduta e non pagata di un piano in corso")
    if rate.reminder is not None:
        raise PlanRefused("Questa rata è già stata sollecitata")
    if not proof.strip():
        raise PlanRefused("Indicare la prova: il numero della raccomandata o della PEC")
    if sent_on > today or term_on <= sent_on:
        raise PlanRefused("Il sollecito non può essere nel futuro e il termine viene dopo")
    return PlanReminder.objects.create(
        plan=plan, instalment=rate.instalment, sent_on=sent_on, term_on=term_on, proof=proof.strip(), at=at,
        actor_name=actor.name,
    )  # fmt: skip


def _check(position: Position, draft: PlanDraft, today: date) -> None:
    if position.state not in (PositionState.OPEN, PositionState.PARTLY_PAID):
        raise PlanRefused("La posizione è già pagata o annullata: non c'è nulla da dilazionare")
    if InstalmentPlan.objects.filter(position=position).exists():
        raise PlanRefused("Questo debito è già in un piano di dilazione")
    given = Hold.objects.filter(position=position, reason=Hold.Reason.HANDED_OVER, lifted_at=None)
    if given.exists():
        raise PlanRefused("Il credito è consegnato alla riscossione coattiva: la dilazione la concede chi riscuote, o prima lo restituisce")  # fmt: skip
    if was_lost(position) is not None:
        raise PlanRefused(
            "Per questo debito il diritto alla dilazione è decaduto (L. 160/2019, art. 1 c. 800)"
        )
    if not draft.act.strip():
        raise PlanRefused("Indicare il provvedimento che concede la dilazione")
    if draft.requested_on > today:
        raise PlanRefused("La domanda è nel futuro")
    most = most_instalments(rules_of(position.service), position.residual_cents)
    if not most:
        raise PlanRefused("Per un debito così piccolo la regola dell'Ente non prevede rate")
    if draft.count > most:
        raise PlanRefused(f"Per questo importo si possono concedere al massimo {most} rate")
    if draft.count < 2:
        raise RulesRefused("Un piano ha almeno due rate")


def _keep(
    new: Position, worked: Worked, draft: PlanDraft, actor: Actor, at: datetime, today: date
) -> InstalmentPlan:
    hold = Hold.objects.create(
        subject=new.subject, position=new, reason=Hold.Reason.PLAN, note=draft.act.strip(), since=today,
        actor_name=actor.name, created_at=at,
    )  # fmt: skip
    return InstalmentPlan.objects.create(
        position=new, hold=hold, requested_on=draft.requested_on, granted_on=today, act=draft.act.strip(),
        debt_cents=worked.debt + worked.so_far, interest_cents=worked.interest,
        rows=[[r.number, r.due_on.isoformat(), r.cents, r.interest_cents] for r in worked.rows],
        created_at=at, author_id=actor.user_id, author_name=actor.name,
    )  # fmt: skip
