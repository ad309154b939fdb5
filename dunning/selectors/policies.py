"""What a screen and planning ask of policies: the version in force, its steps for the rules, what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dunning.models import DunningPolicy, PolicyStep, Wave
from dunning.rules.act_lines import LineKind
from dunning.rules.channels import label_of
from dunning.rules.steps import BEFORE_DUE, Anchor, Gate, Step, StepKind, gate_of
from paybox.kernel.money import format_euro

CHARGE_NAMES = {
    LineKind.EXPENSES: "spese di notifica",
    LineKind.INTEREST: "interessi legali",
    LineKind.SANCTIONS: "sanzione",
    LineKind.CHARGES: "oneri di riscossione",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two versions; an empty side means that the step was not there."""

    number: int
    what: str
    before: str
    after: str


def current_policy(*, service_id: int) -> DunningPolicy | None:
    """The newest version of the service."""
    return DunningPolicy.objects.filter(service_id=service_id).order_by("-version").first()


def is_superseded(step: PolicyStep) -> bool:
    """Whether the service has a newer version than the one this step is of: what was decided by it is decided anew."""
    policy = step.policy
    newer = DunningPolicy.objects.filter(service_id=policy.service_id, version__gt=policy.version)
    return newer.exists()


def policy_steps(policy: DunningPolicy) -> list[PolicyStep]:
    return list(policy.steps.order_by("number"))


def rule_steps(policy: DunningPolicy) -> list[Step]:
    """The steps as ``rules.steps`` reads them."""
    return [
        Step(step.number, StepKind(step.kind), Anchor(step.anchor), step.offset_days)
        for step in policy_steps(policy)
    ]


def gate_for(wave: Wave) -> Gate | None:
    """The conditions of the wave's step; None outside any policy."""
    return gate_of(rule_steps(wave.step.policy), wave.step.number) if wave.step else None


def overdue_until(wave: Wave) -> date:
    """The day before which what the wave asks for fell due, as on the day of its simulation: what is due later was not approved."""
    gate = gate_for(wave)
    return gate.looks_until(wave.planned_on) if gate else wave.planned_on


def changes_between(before: DunningPolicy, after: DunningPolicy) -> list[Change]:
    """Field by field, step by step, in words."""
    old = {step.number: step_words(step) for step in policy_steps(before)}
    new = {step.number: step_words(step) for step in policy_steps(after)}
    return [
        Change(number, what, old.get(number, {}).get(what, ""), new.get(number, {}).get(what, ""))
        for number in sorted(old | new)
        for what in (old.get(number) or new[number])
        if old.get(number, {}).get(what) != new.get(number, {}).get(what)
    ]


def step_words(step: PolicyStep) -> dict[str, str]:
    """A step in the words of the office."""
    return {
        "Che cosa": str(step.get_kind_display()),
        "Quando": when_words(step),
        "Canali": cascade_words(step.channels),
        "Testo": text_words(step),
        "Approvazione": "ogni volta" if step.needs_approval else "una volta per tutte",
        "Importo minimo": f"{format_euro(step.minimum_cents)} €",
        "Spese addebitate": f"{format_euro(step.costs_cents)} €",
        "Somme aggiunte": ", ".join(CHARGE_NAMES[LineKind(one)] for one in step.charges)
        or "nessuna",
        "Gruppo di confronto": f"{step.holdout_percent} %",
    }


def when_words(step: PolicyStep) -> str:
    """Counted in days, before or after."""
    days = abs(step.offset_days)
    counted = f"{days} giorno" if days == 1 else f"{days} giorni"
    if step.offset_days < 0:
        return f"{counted} prima della scadenza"
    return f"{counted} {step.get_anchor_display()}"


def text_words(step: PolicyStep) -> str:
    """Which text it says, whatever the channel."""
    if step.text:
        return f"«{step.text}»"
    return "quello di base" if step.number == BEFORE_DUE else "quello ordinario"


def cascade_words(channels: Sequence[str]) -> str:
    labels = [label_of(channel) for channel in channels]
    return ", poi ".join([*labels[:1], *(_within(label) for label in labels[1:])])


def _within(label: str) -> str:
    """``E-mail`` is ``e-mail`` inside a sentence; SMS, PEC and App IO stay as they are."""
    return label.lower() if label[1:].islower() else label
