"""A procedure as it is typed, before anybody is chased by it: what each step may be, and what a kind of step forbids.

Before: an administrator's form.  After: ``services/policies`` keeps it; when a step's turn comes is in ``steps``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


def numbered(steps: Sequence[StepDraft]) -> list[tuple[int, StepDraft]]:
    return list(zip(number_steps([step.offset_days for step in steps]), steps, strict=True))


def may_leave_by_itself(kind: str, number: int) -> bool:
    """A courtesy before the due date, and the first alert after it; the second is never without the office's yes."""
    return kind == StepKind.COURTESY and number <= 1


def check_drafts(steps: Sequence[StepDraft]) -> None:
    """Raise StepsRefused, naming the step, unless these can be a procedure."""
    check_steps(
        [
            Step(number, StepKind(step.kind), Anchor(step.anchor), step.offset_days)
            for number, step in numbered(steps)
        ]
    )
    for number, step in numbered(steps):
        if why := next(_faults(number, step), ""):
            name = f"Passo {number}" if number else "Prima della scadenza"
            raise StepsRefused(f"{name}: {why}")


def _faults(number: int, step: StepDraft) -> Iterator[str]:
    yield from _channel_faults(step)
    if number == BEFORE_DUE:
        yield from _before_due_faults(step)
    if step.minimum_cents < 0 or step.costs_cents < 0:
        yield "gli importi non possono essere negativi"
    yield from _courtesy_faults(step) if step.kind == StepKind.COURTESY else _formal_faults(step)
    if not step.needs_approval and not may_leave_by_itself(step.kind, number):
        yield "dal secondo avviso in poi serve ogni volta l'approvazione dell'ufficio"


def _channel_faults(step: StepDraft) -> Iterator[str]:
    if not step.channels or len(set(step.channels)) != len(step.channels):
        yield "serve almeno un canale, e ciascuno una volta sola"
    if not set(step.channels) <= set(CHANNELS):
        yield "canale sconosciuto"
    if LETTER in step.channels[:-1]:
        yield "la carta arriva a tutti, può essere solo l'ultima"


def _before_due_faults(step: StepDraft) -> Iterator[str]:
    if {LETTER, PEC, SEND} & set(step.channels):
        yield "non si scrive su carta, per PEC né con SEND"
    if step.text:
        yield "si usa solo il testo di base, perché nulla è ancora scaduto"


def _courtesy_faults(step: StepDraft) -> Iterator[str]:
    if SEND in step.channels:
        yield "SEND notifica atti, non promemoria di cortesia"
    if step.costs_cents or step.charges:
        yield "un promemoria di cortesia non addebita spese"
    if not 0 <= step.holdout_percent <= MAX_HOLDOUT:
        yield f"il gruppo di confronto va da 0 a {MAX_HOLDOUT} per cento"


def _formal_faults(step: StepDraft) -> Iterator[str]:
    if IO in step.channels:
        yield "App IO è un canale di cortesia, non prova la consegna"
    if not set(step.charges) <= set(CHARGED):
        yield "una somma da addebitare non esiste"
    if LineKind.SANCTIONS in step.charges and step.kind != StepKind.LEGAL:
        yield "la sanzione si chiede solo con un atto di accertamento"
    if (step.charges or step.costs_cents) and not set(step.channels) <= {PEC, SEND, LETTER}:
        yield "con somme da addebitare servono SEND, la PEC o la lettera"
    if step.holdout_percent or not step.needs_approval:
        yield "un passo formale va approvato ogni volta e arriva a tutti"
