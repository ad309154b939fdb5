"""Some messages of a wave as they would be read now: a few by lot, the largest sums, and the odd ones.

Before: a simulated wave.  After: the approver reads them; nothing is written.
"""

from dataclasses import dataclass

from django.db.models import F, Func, IntegerField, QuerySet, TextField
from django.db.models.functions import MD5, Cast

from billing.models import Position
from billing.selectors.overdue import overdue_debts
from dunning.models import Wave, WaveItem
from dunning.rules.channels import LETTER, label_of
from dunning.rules.sms_text import measure_sms
from dunning.selectors.invitation_words import compose_invitation
from dunning.selectors.messages import (
    Composed,
    compose_act,
    compose_listed,
    compose_notice,
    compose_reminder,
)
from dunning.selectors.policies import overdue_until
from paybox.kernel.problems import Refused
from tenants.models import Ente

OF_EACH = 3
BY_LOT, LARGEST, ODD = "a caso", "importo tra i più alti", "insolito"


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as it would leave now; ``problem`` says why it cannot be composed. SMS only: units and parts."""

    why_shown: str
    name: str
    channel: str
    address: str
    amount_cents: int
    subject: str
    text: str
    html: str
    units: int
    parts: int
    problem: str = ""


def wave_samples(wave: Wave, ente: Ente, link: str, *, count: int = OF_EACH) -> list[Sample]:
    """``count`` by lot (always the same ones for a wave), as many of the largest, as many odd; nobody twice."""
    ready = WaveItem.objects.filter(wave=wave).exclude(
        state__in=[WaveItem.State.EXCLUDED, WaveItem.State.HELD_OUT]
    )
    chosen: dict[int, str] = {}
    for why, found in (
        (BY_LOT, ready.order_by(MD5(Cast("pk", TextField())))),
        (LARGEST, ready.order_by("-amount_cents", "pk")),
        (ODD, _oddest(ready)),
    ):
        fresh = found.exclude(pk__in=list(chosen)).values_list("pk", flat=True)[:count]
        chosen |= dict.fromkeys(fresh, why)
    items = WaveItem.objects.filter(pk__in=chosen).select_related("subject", "wave")
    shown = {item.pk: item for item in items}
    return [_sample(shown[pk], why, ente, link) for pk, why in chosen.items()]


def sample_of(item: WaveItem, ente: Ente, link: str) -> Sample:
    """What this one person would read now."""
    return _sample(item, "", ente, link)


def _oddest(ready: QuerySet[WaveItem]) -> QuerySet[WaveItem]:
    """The longest messages, then those with most debts, then those reached low in the cascade."""
    debts = Func(F("position_ids"), function="jsonb_array_length", output_field=IntegerField())
    return ready.annotate(debts=debts).order_by("-parts", "-debts", "-rung", "amount_cents", "pk")


def _sample(item: WaveItem, why: str, ente: Ente, link: str) -> Sample:
    try:
        said, problem = _compose(item, ente, link), ""
    except (Refused, ValueError) as refusal:  # paid since, or words that do not fit
        said, problem = Composed(text=""), str(refusal)
    size = measure_sms(said.text)
    return Sample(
        why, name_of(item), label_of(item.channel), item.address, item.amount_cents, said.subject, said.text,
        said.html, size.units, size.parts, problem,
    )  # fmt: skip


def name_of(item: WaveItem) -> str:
    """The debtor's, or the name that the list gave."""
    return item.subject.name if item.subject else item.told.get("name", "")


def _compose(item: WaveItem, ente: Ente, link: str) -> Composed:
    wave = item.wave
    if wave.kind == Wave.Kind.INVITE:
        return compose_invitation(channel=item.channel, service=wave.service, ente=ente, link=link)
    if item.channel == LETTER and LETTER not in wave.texts:
        raise LetterRefused("La lettera si legge quando viene composta per la stampa")
    if wave.kind == Wave.Kind.NOTICE:
        whole = Position.objects.select_related("subject", "service").prefetch_related(
            "instalments"
        )
        position = whole.get(pk=item.position_ids[0])
        return compose_notice(
            wave=wave, position=position, ente=ente, link=link, with_pdf=False, channel=item.channel
        )
    if wave.kind == Wave.Kind.LIST:
        return compose_listed(
            channel=item.channel, cents=item.amount_cents, told=item.told, ente=ente, link=link
        )
    if wave.kind == Wave.Kind.ACT:
        made = Position.objects.select_related("subject").get(pk=item.position_ids[0])
        return compose_act(wave=wave, channel=item.channel, position=made, ente=ente, link=link)
    overdue = overdue_debts(on=overdue_until(wave), position_ids=item.position_ids)
    debts = [debt for debt in overdue if debt.notices]
    if not debts:
        raise NothingOwed("Nel frattempo ha pagato, o il credito è stato tolto: non riceve nulla")
    return compose_reminder(
        wave=wave, channel=item.channel, name=name_of(item), debts=debts, ente=ente, link=link
    )  # fmt: skip


class LetterRefused(Refused):
    """A letter has no text here: it is set in type when it is printed."""


class NothingOwed(Refused):
    """Nobody would be written this any more."""
