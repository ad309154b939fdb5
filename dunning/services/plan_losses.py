"""Chapter 10 – a plan that is lost: what is left is due at once, without the interest of days that have not passed.

Before: two instalments missed within six months, each expressly asked for (c. 800).  After: one way to pay, and the debt is
chased again; no other plan is granted for it. An official declares it: nothing is lost by itself.
"""

from datetime import date, datetime

from django.db import transaction

from billing.models import Position
from billing.rules.plan_rows import unearned_cents
from billing.services.changes import change_position
from billing.services.positions import NewInstalment
from billing.states import InstalmentState
from dunning.models import Hold, InstalmentPlan
from dunning.selectors.acts import rules_of
from dunning.selectors.plans import may_be_lost, rates_of
from dunning.services.acts import Costs, replace_position
from dunning.services.plans import PlanRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row


@transaction.atomic
def declare_lost(
    *, plan_id: int, act: str, due_on: date, segregation: str, actor: Actor, at: datetime
) -> Position:
    """The credit whole again, to be paid by ``due_on``. Raises PlanRefused unless c. 800 is met."""
    plan, today = lock_row(InstalmentPlan, plan_id), at.astimezone(ROME).date()
    if plan.lost_on is not None:
        raise PlanRefused("La decadenza è già stata dichiarata")
    if not act.strip():
        raise PlanRefused("Indicare il provvedimento che dichiara la decadenza")
    rates = rates_of(plan, rules_of(plan.position.service), on=today)
    if not may_be_lost(rates, on=today):
        raise PlanRefused(
            "Servono due rate non pagate in sei mesi, ciascuna dopo un sollecito il cui termine è passato"
        )
    _take_off_interest(plan, today, actor, at)
    new = replace_position(
        position_id=plan.position_id, costs=Costs(interest_cents=0), reason=f"Decadenza: {act.strip()}", due_on=due_on,
        segregation=segregation, actor=actor, at=at,
    )  # fmt: skip
    Hold.objects.filter(pk=plan.hold_id, lifted_at=None).update(lifted_at=at)
    plan.lost_on, plan.lost_by, plan.lost_act, plan.replaced_by = (
        today,
        actor.name,
        act.strip(),
        new,
    )
    plan.save(update_fields=["lost_on", "lost_by", "lost_act", "replaced_by"])
    record_audit(
        action="dunning.plan.lost", actor=actor, at=at, subject=f"position:{new.uuid}", act=act.strip(),
        residual_cents=new.residual_cents,
    )  # fmt: skip
    return new


def _take_off_interest(plan: InstalmentPlan, today: date, actor: Actor, at: datetime) -> None:
    """The interest of days still to come is not owed: a movement takes it off before the credit is closed."""
    rates = rates_of(plan, rules_of(plan.position.service), on=today)
    ways = []
    off = 0
    for rate in rates:
        if rate.instalment.state != InstalmentState.PAYABLE:
            continue
        cents = unearned_cents(rate.row, granted_on=plan.granted_on, on=today)
        off += cents
        ways.append(
            NewInstalment(
                rate.row.number, rate.instalment.due_on, rate.instalment.amount_cents - cents
            )
        )
    if off:
        change_position(
            position_id=plan.position_id, ways=ways, expected_version=plan.position.version,
            reason="Decadenza dal piano: interessi non maturati", actor=actor, at=at,
        )  # fmt: skip
