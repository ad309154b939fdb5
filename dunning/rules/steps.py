"""Which step of a policy comes next for a position: decided by what happened, never by when somebody last looked.

Before: a policy's steps and the history of one debt.  After: planning, and the same question again at the moment of
sending. Steps are taken one after the other for each missed due date: none is skipped because a run came late or a part
was paid, none is taken twice, none after the debt is settled. The reminder before the due date is no step of that chain:
it has number 0, is courtesy only, and when its days have passed it is simply not sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from paybox.kernel.problems import Refused

SPACING_DAYS = 7  # two steps are never closer, however late the first one left
MAX_STEPS = 8
BEFORE_DUE = 0  # the number of the reminder that comes before the day
LONGEST_LEAD = 30


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
    """Number 1 is the first after the due date, 0 the one before it (its ``offset_days`` are negative)."""

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

    @property
    def lead_days(self) -> int | None:
        """How many days before the due day it may leave; None for what comes after it."""
        return -self.due_days if self.due_days < 0 else None

    def looks_until(self, on: date) -> date:
        """The day before which a debt must fall due to be asked for on ``on``."""
        return on if self.lead_days is None else on + timedelta(days=self.lead_days + 1)


def number_steps(offsets: Sequence[int]) -> list[int]:
    """The numbers of steps written in order: those before the due date are 0, the others follow from 1."""
    after = 0
    numbers = []
    for offset in offsets:
        after += offset > 0
        numbers.append(after if offset > 0 else BEFORE_DUE)
    return numbers


def check_steps(steps: Sequence[Step]) -> None:
    """Raise StepsRefused unless the steps run 1…n, with days that can be counted, and no courtesy after a formal one.

    One more may come first, before the due date.
    """
    if steps and steps[0].number == BEFORE_DUE:
        _check_before_due(steps[0])
        steps = steps[1:]
    if BEFORE_DUE in [step.number for step in steps]:
        raise StepsRefused(
            "Il promemoria prima della scadenza è uno solo e va scritto per primo: gli altri passi vengono dopo"
        )
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


def _check_before_due(step: Step) -> None:
    if step.kind is not StepKind.COURTESY:
        raise StepsRefused("Prima della scadenza si può inviare solo un promemoria di cortesia")
    if step.anchor is not Anchor.DUE:
        raise StepsRefused(
            "I giorni di un promemoria prima della scadenza si contano dalla scadenza"
        )
    if not -LONGEST_LEAD <= step.offset_days <= -1:
        raise StepsRefused(f"Prima della scadenza i giorni vanno da -{LONGEST_LEAD} a -1")


def gate_of(steps: Sequence[Step], number: int) -> Gate:
    """The conditions of step ``number``. A formal or legal step must have arrived before anything follows it."""
    step = next(one for one in steps if one.number == number)
    if number == BEFORE_DUE:
        return Gate(BEFORE_DUE, step.offset_days)
    due_days = step.offset_days if step.anchor is Anchor.DUE else 1
    if number == 1:
        return Gate(0, due_days)
    before = next(one for one in steps if one.number == number - 1)
    delivered = step.offset_days if step.anchor is Anchor.DELIVERED else None
    if delivered is None and before.kind is not StepKind.COURTESY:
        delivered = 0
    return Gate(number - 1, due_days, _spacing(step, before), delivered)


def opens_on(gate: Gate, history: History) -> date | None:
    """The first day on which the step may leave; None while something other than time is missing."""
    if history.due_on is None or history.noticed_on is None:
        return None
    last = history.last
    if gate.lead_days is not None:
        return None if last else history.due_on - timedelta(days=gate.lead_days)
    if (last.step if last else 0) != gate.after_step:
        return None
    days = [history.due_on + timedelta(days=gate.due_days)]
    if last and last.step == BEFORE_DUE:
        days.append(last.on + timedelta(days=SPACING_DAYS))
    if last and gate.taken_days is not None:
        days.append(last.on + timedelta(days=gate.taken_days))
    if last and gate.delivered_days is not None:
        if last.delivered_on is None:
            return None
        days.append(last.delivered_on + timedelta(days=gate.delivered_days))
    return max(days)


def next_step(
    steps: Sequence[Step], history: History, *, today: date | None = None
) -> tuple[Step, date] | None:
    """The step that comes next and from which day; None when the debt is settled, waits for news, or the steps are over.

    Without ``today``, or once the due date has passed, the reminder that comes before it is not considered.
    """
    due = today is not None and history.due_on is not None and today <= history.due_on
    for step in steps if due else [one for one in steps if one.number != BEFORE_DUE]:
        if on := opens_on(gate_of(steps, step.number), history):
            return step, on
    return None


def _spacing(step: Step, before: Step) -> int:
    """Days after the step before left: the planned rhythm is kept even when that one left late."""
    if step.anchor is Anchor.DUE and before.anchor is Anchor.DUE:
        return max(step.offset_days - before.offset_days, SPACING_DAYS)
    return max(step.offset_days if step.anchor is Anchor.SENT else 0, SPACING_DAYS)
