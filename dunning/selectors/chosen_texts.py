"""Which text each channel says: the ordinary one in force, or the one that the step names, pinned when a wave is simulated.

Before: ``texts`` says which version is in force.  After: ``own_texts`` reads the pinned ones for a message. A step that names
a text says that one or does not leave: neither the ordinary text nor the product's words ever take its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dunning.models import PolicyStep, TextVersion, Wave
from dunning.rules.channels import EMAIL, IO, LETTER, SEND, label_of
from dunning.rules.steps import BEFORE_DUE, StepKind
from dunning.rules.template_checks import Act
from dunning.selectors.policies import current_policy, policy_steps
from dunning.selectors.texts import text_in_force, why_unusable

# Whose words a platform of the State says: a message is written like an e-mail, an act like a letter.
_FORMS = {IO: EMAIL, SEND: LETTER}


@dataclass(frozen=True, slots=True)
class ChannelText:
    """What one channel says; without a ``version``, the product's ready words, unless ``trouble`` says why it cannot leave."""

    label: str
    version: TextVersion | None
    trouble: str = ""


def texts_for(
    *, service_id: int, kind: str, step: PolicyStep | None, channels: Iterable[str], campaign: bool = False
) -> dict[str, int]:  # fmt: skip
    """Channel → the version in force now; a channel without one is not there."""
    found = {}
    for channel in channels:
        for act in (Act.ARREARS,) if campaign else _acts(kind, step):
            version = text_in_force(
                service_id=service_id,
                act=act.value,
                form=_FORMS.get(channel, channel),
                variant=step.text if step else "",
            )
            if version is not None:
                found[channel] = version.pk
                break
    return found


def unusable_text(wave: Wave, *, on: date) -> str:
    """Why the wave's words may not leave that day, or nothing."""
    for version in TextVersion.objects.filter(pk__in=wave.texts.values()).order_by("pk"):
        if why := why_unusable(version, on=on):
            return why
    return ""


def missing_texts(step: PolicyStep) -> str:
    """Which authorised texts the step lacks, or nothing: an act, or a step that names a text, leaves in no other words."""
    if not _bound(step):
        return ""
    found = _texts_of(step)
    absent = ", ".join(label_of(channel) for channel in step.channels if channel not in found)
    if not absent:
        return ""
    if step.text:
        return f"Il testo «{step.text}» non ha, {_AS[StepKind(step.kind)]}, una versione autorizzata in vigore per: {absent}"
    return f"Per questo passo manca il testo autorizzato dall'Ente: {absent}"


def step_texts(step: PolicyStep) -> list[ChannelText]:
    """What each channel of the step would say if it left now."""
    trouble = "Manca un testo autorizzato: il passo non può partire" if _bound(step) else ""
    return _told(step.channels, _texts_of(step), trouble=trouble)


def wave_texts(wave: Wave, *, on: date) -> list[ChannelText]:
    """What each channel of the wave says, as it was pinned."""
    return _told(wave.channels, wave.texts, on=on)


def steps_saying(version: TextVersion) -> list[PolicyStep]:
    """The steps of the procedure in force that say this very version."""
    policy = current_policy(service_id=version.service_id)
    steps = policy_steps(policy) if policy else []
    return [step for step in steps if version.pk in _texts_of(step).values()]


_AS = {
    StepKind.COURTESY: "come promemoria o sollecito",
    StepKind.FORMAL: "come sollecito formale",
    StepKind.LEGAL: "come accertamento esecutivo",
}


def _bound(step: PolicyStep) -> bool:
    return bool(step.text) or step.kind != StepKind.COURTESY


def _texts_of(step: PolicyStep) -> dict[str, int]:
    return texts_for(
        service_id=step.policy.service_id,
        kind=Wave.Kind.REMINDER,
        step=step,
        channels=step.channels,
    )


def _told(
    channels: Iterable[str], texts: dict[str, int], *, trouble: str = "", on: date | None = None
) -> list[ChannelText]:
    versions = TextVersion.objects.in_bulk(list(texts.values()))
    told = []
    for channel in channels:
        version = versions.get(texts.get(channel, 0))
        wrong = why_unusable(version, on=on) if version and on else ""
        told.append(ChannelText(label_of(channel), version, wrong if version else trouble))
    return told


def _acts(kind: str, step: PolicyStep | None) -> tuple[Act, ...]:
    """In order of preference."""
    if kind == Wave.Kind.NOTICE:
        return (Act.NOTICE,)
    if kind in (Wave.Kind.LIST, Wave.Kind.INVITE):
        return ()
    if step is not None and step.number == BEFORE_DUE:
        return ()  # the product's words: nothing is unpaid yet
    if step is not None and step.kind != StepKind.COURTESY:
        return (Act.DEMAND,) if step.kind == StepKind.FORMAL else (Act.ASSESSMENT,)
    first = step is None or step.number == 1
    return (Act.MEMO, Act.REMINDER) if first else (Act.REMINDER, Act.MEMO)
