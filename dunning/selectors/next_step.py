"""The next step of one position and its day, with the reason: what the office reads on the position's page.

Before: the policy in force and what happened.  After: a sentence. The same rules as planning, asked of one debt.
"""

from dataclasses import dataclass
from datetime import date

from billing.models import Position
from billing.selectors.overdue import OverdueDebt, overdue_debts
from dunning.models import PolicyStep, StandingApproval
from dunning.rules.eligibility import stopped_by
from dunning.rules.steps import BEFORE_DUE, History, next_step
from dunning.selectors.facts import histories, holds_in_force
from dunning.selectors.policies import (
    cascade_words,
    current_policy,
    policy_steps,
    rule_steps,
    when_words,
)


@dataclass(frozen=True, slots=True)
class ComesNext:
    """``on`` None: no day can be said, and ``why`` tells what is missing."""

    title: str
    why: str
    on: date | None = None


def comes_next(position: Position, *, today: date) -> ComesNext | None:
    """None when nothing is owed any more."""
    if not position.residual_cents or position.withdrawn_at is not None:
        return None
    policy = current_policy(service_id=position.service_id)
    if policy is None:
        return ComesNext("Nessun passo previsto", "Questo tipo di dovuto non ha una procedura: i solleciti si preparano a mano.")  # fmt: skip
    due_on = _due_on(position, today)
    debt = OverdueDebt(position.pk, position.subject_id, position.residual_cents, due_on, ())
    history = histories([debt])[position.pk]
    if stopped := _stopped(position, today):
        return ComesNext("Nessun passo finché dura la sospensione", stopped)
    if history.noticed_on is None:
        return ComesNext("Prima va inviato l'avviso", "I passi della procedura cominciano dopo l'avviso.")  # fmt: skip
    rules = rule_steps(policy)
    found = next_step(rules, history, today=today)
    if found is None:
        return _waiting(len([one for one in rules if one.number != BEFORE_DUE]), history)
    step = next(one for one in policy_steps(policy) if one.number == found[0].number)
    return ComesNext(_title(step), _why(step, history), found[1])


def _due_on(position: Position, today: date) -> date:
    """The day that is missed, else the one to come."""
    missed = overdue_debts(on=today, position_ids=[position.pk])
    return missed[0].due_on if missed else position.next_due_on


def _stopped(position: Position, today: date) -> str:
    holds = holds_in_force(on=today, subject_ids=[position.subject_id])
    reason = stopped_by(
        hold=holds.why(position.subject_id, position.pk), gate=None, history=None, on=today
    )
    return reason.sentence if reason else ""


def _waiting(last_number: int, history: History) -> ComesNext:
    last = history.last
    if last is not None and last.step >= last_number:
        return ComesNext("La procedura è finita", "Tutti i passi sono stati fatti: decide l'ufficio.")  # fmt: skip
    return ComesNext("Si attende il recapito", f"Il passo {last.step if last else 0} non risulta recapitato: senza la prova non si va avanti.")  # fmt: skip


def _title(step: PolicyStep) -> str:
    number = f"Passo {step.number}" if step.number != BEFORE_DUE else "Prima della scadenza"
    return f"{number}: {str(step.get_kind_display()).lower()}, {cascade_words(step.channels)}"


def _why(step: PolicyStep, history: History) -> str:
    assert history.due_on is not None  # noqa: S101 - something is owed
    last = history.last
    done = f"Il passo prima è partito il {last.on:%d/%m/%Y}. " if last and last.step else ""
    arrived = f"È stato recapitato il {last.delivered_on:%d/%m/%Y}. " if last and last.step and last.delivered_on else ""  # fmt: skip
    return (
        f"La procedura lo prevede {when_words(step)}; la scadenza è il {history.due_on:%d/%m/%Y}. "
        f"{done}{arrived}{_who(step)}"
    )


def _who(step: PolicyStep) -> str:
    standing = StandingApproval.objects.filter(step=step, ended_at=None).first()
    if standing is None:
        return "Lo prepara una persona e un'altra lo approva."
    if standing.paused_at:
        return "Partirebbe da solo, ma è fermo: una persona deve controllare."
    return f"Parte da solo: lo ha approvato {standing.approver_name}."
