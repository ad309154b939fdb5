"""Which step of a policy comes next for a position: decided by what happened, never by when somebody last looked.

Before: a policy's steps and the history of one debt.  After: planning, and the same question again at the moment of
sending. Steps are taken one after the other for each missed due date: none is skipped because a run came late or a part
was paid, none is taken twice, none after the debt is settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from paybox.kernel.problems import Refused

SPACING_DAYS = 7  # two steps are never closer, however late the first one left
MAX_STEPS = 8


class StepKind(StrEnum):
    """What a step is in law."""

    COURTESY = "CORTESIA"
    FORMAL = "FORMALE"
    LEGAL = "LEGALE"


class Anchor(StrEnum):
    """From when the days of a step are counted."""

    DUE = "SCADENZA"
    SENT = "INVIO_PRECEDENTE"
    DELIVERED = "RECAPITO_PRECEDENTE"


class StepsRefused(Refused):
    """These steps cannot be a policy; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Step:
    """Number 1 is the first reminder: the notice itself is step zero of every policy."""

    number: int
    kind: StepKind
    anchor: Anchor
    offset_days: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that left for the due date ``due_on``; ``delivered_on`` when its delivery is proved."""

    step: int
    due_on: date
    on: date
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Of one debt. ``due_on``: the earliest day still missed, None when nothing is owed. ``noticed_on``: step zero."""

    due_on: date | None
    noticed_on: date | None
    taken: tuple[Taken, ...] = ()

    @property
    def last(self) -> Taken | None:
        """The furthest step taken for the day that is missed now; another missed day is another story."""
        same = [taken for taken in self.taken if taken.due_on == self.due_on]
        return max(same, key=lambda taken: taken.step, default=None)


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be true before one step, in days: after the missed day, after the last step left, after it arrived."""

    after_step: int
    due_days: int
    taken_days: int | None = None
    delivered_days: int | None = None


def check_steps(steps: Sequence[Step]) -> None:
    """Raise StepsRefused unless the steps run 1…n, with days that can be counted, and no courtesy after a formal one."""
    if not 1 <= len(steps) <= MAX_STEPS:
        raise StepsRefused(f"Una procedura ha da 1 a {MAX_STEPS} passi")
    if [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise StepsRefused("I passi vanno numerati di seguito, a partire da 1")
    if steps[0].anchor is not Anchor.DUE:
        raise StepsRefused("Il primo passo si conta dalla scadenza")
    for step in steps:
        if not 1 <= step.offset_days <= 3650:
            raise StepsRefused(f"Passo {step.number}: i giorni vanno da 1 a 3650")
    grades = [list(StepKind).index(step.kind) for step in steps]
    if grades != sorted(grades):
        raise StepsRefused("Dopo un passo formale non si torna a un promemoria di cortesia")


def gate_of(steps: Sequence[Step], number: int) -> Gate:
    """The conditions of step ``number``. A formal or legal step must have arrived before anything follows it."""
    step = steps[number - 1]
    due_days = step.offset_days if step.anchor is Anchor.DUE else 1
    if number == 1:
        return Gate(0, due_days)
    before = steps[number - 2]
    delivered = step.offset_days if step.anchor is Anchor.DELIVERED else None
    if delivered is None and before.kind is not StepKind.COURTESY:
        delivered = 0
    return Gate(number - 1, due_days, _spacing(step, before), delivered)


def opens_on(gate: Gate, history: History) -> date | None:
    """The first day on which the step may leave; None while something other than time is missing."""
    if history.due_on is None or history.noticed_on is None:
        return None
    last = history.last
    if (last.step if last else 0) != gate.after_step:
        return None
    days = [history.due_on + timedelta(days=gate.due_days)]
    if last and gate.taken_days is not None:
        days.append(last.on + timedelta(days=gate.taken_days))
    if last and gate.delivered_days is not None:
        if last.delivered_on is None:
            return None
        days.append(last.delivered_on + timedelta(days=gate.delivered_days))
    return max(days)


def next_step(steps: Sequence[Step], history: History) -> tuple[Step, date] | None:
    """The step that comes next and from which day; None when the debt is settled, waits for news, or the steps are over."""
    for step in steps:
        if on := opens_on(gate_of(steps, step.number), history):
            return step, on
    return None


def _spacing(step: Step, before: Step) -> int:
    """Days after the step before left: the planned rhythm is kept even when that one left late."""
    if step.anchor is Anchor.DUE and before.anchor is Anchor.DUE:
        return max(step.offset_days - before.offset_days, SPACING_DAYS)
    return max(step.offset_days if step.anchor is Anchor.SENT else 0, SPACING_DAYS)
