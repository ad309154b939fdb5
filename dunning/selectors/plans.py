"""Plans read: what the body's rules allow for a debt, which instalments were missed, whether the right may be declared lost.

Before: the rules of the service, the plan as granted, what was paid.  After: the services that grant, remind and declare.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from billing.models import Instalment, Position
from billing.rules.instalment_plans import BANDS_796, Band, Missed, band_of, is_lost
from billing.rules.plan_rows import PlanRow
from billing.selectors.replacements import forebears_of
from billing.states import InstalmentState, PositionState
from dunning.models import CreditRules, InstalmentPlan, PlanProposal, PlanReminder


@dataclass(frozen=True, slots=True)
class Rate:
    """One instalment of a plan as it stands: ``missed`` when its day (and the body's tolerance) is past unpaid."""

    row: PlanRow
    instalment: Instalment
    missed: bool
    reminder: PlanReminder | None


def bands_of(rules: CreditRules) -> Sequence[Band]:
    """The body's own, or those of the law."""
    own = [Band(upto, fewest, most) for upto, fewest, most in rules.plan_bands]
    return own or BANDS_796


def most_instalments(rules: CreditRules, debt_cents: int) -> int:
    """How many may be granted for that debt; 0 when none, also for the body's least instalment."""
    most = band_of(debt_cents, bands_of(rules)).most
    if rules.plan_minimum_cents:
        most = min(most, debt_cents // rules.plan_minimum_cents)
    return most if most >= 2 else 0


def wants_two_persons(rules: CreditRules, *, debt_cents: int, count: int) -> bool:
    """Whether the body has decided that such a plan is granted by two persons."""
    too_much = rules.plan_second_cents is not None and debt_cents > rules.plan_second_cents
    too_many = rules.plan_second_count is not None and count > rules.plan_second_count
    return too_much or too_many


def waiting_proposals(*, scope: Collection[str]) -> QuerySet[PlanProposal]:
    """Those that wait for a second person, the oldest first; ``scope``: codes of services, empty for all."""
    waiting = PlanProposal.objects.filter(state=PlanProposal.State.PROPOSED)
    if scope:
        waiting = waiting.filter(position__service__code__in=scope)
    return waiting.select_related("position__service", "position__subject").order_by("proposed_at")


def was_lost(position: Position) -> InstalmentPlan | None:
    """The plan of this debt whose right was lost, however often the credit was opened again since: there is no other."""
    line = [position.pk, *forebears_of([position.pk])]
    return InstalmentPlan.objects.filter(position__in=line, lost_on__isnull=False).first()


def granted_rows(plan: InstalmentPlan) -> list[PlanRow]:
    return [
        PlanRow(number, date.fromisoformat(due_on), cents, interest)
        for number, due_on, cents, interest in plan.rows
    ]


def rates_of(plan: InstalmentPlan, rules: CreditRules, *, on: date) -> list[Rate]:
    """Each instalment with what became of it by that day; two statements."""
    found = {i.number: i for i in plan.position.instalments.all()}
    reminders = {r.instalment_id: r for r in plan.reminders.all()}
    late = on - timedelta(days=rules.plan_tolerance_days)
    return [
        Rate(
            row, found[row.number],
            found[row.number].state == InstalmentState.PAYABLE and row.due_on < late,
            reminders.get(found[row.number].pk),
        )
        for row in granted_rows(plan)
    ]  # fmt: skip


def may_be_lost(rates: Sequence[Rate], *, on: date) -> bool:
    """c. 800, with the terms of the reminders past."""
    return is_lost([_missed(rate, on) for rate in rates if rate.missed])


def plan_state(plan: InstalmentPlan) -> str:
    """In a word, for the official."""
    if plan.lost_on is not None:
        return "Decaduto"
    match plan.position.state:
        case PositionState.SETTLED:
            return "Concluso"
        case PositionState.WITHDRAWN:
            return "Chiuso con il credito"
        case _:
            return "In corso"


def _missed(rate: Rate, on: date) -> Missed:
    """A reminder whose term still runs does not count yet."""
    reminder = rate.reminder
    asked = reminder.sent_on if reminder is not None and reminder.term_on < on else None
    return Missed(rate.row.due_on, asked)
