"""What a screen asks of waves: the list, one wave with its counts and its samples, its items page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from billing.models import Position
from billing.selectors.overdue import overdue_debts
from dunning.models import Wave, WaveItem
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.sms_faults import sms_fault
from dunning.rules.sms_text import measure_sms
from dunning.selectors.messages import Composed, compose_notice, compose_reminder
from paybox.kernel.problems import Refused
from tenants.models import Ente

SAMPLES = 3
NO_CONTACT = (ExclusionReason.SENZA_RECAPITO, ExclusionReason.CARTA)


@dataclass(frozen=True, slots=True)
class Tally:
    """One row of counts: ``code`` as stored, ``label`` for the reader, cents."""

    code: str
    label: str
    items: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as it would leave now; ``problem`` says why it cannot be composed. SMS only: units and parts."""

    name: str
    address: str
    amount_cents: int
    subject: str
    text: str
    html: str
    units: int
    parts: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WaveDetail:
    wave: Wave
    states: Sequence[Tally]
    reasons: Sequence[Tally]
    samples: Sequence[Sample]


def waves_newest_first() -> QuerySet[Wave]:
    return Wave.objects.select_related("service").order_by("-created_at", "-pk")


def wave_detail(*, wave: Wave, ente: Ente, link: str) -> WaveDetail:
    """Counts by state and by reason, and three messages as they would be read."""
    return WaveDetail(wave, _states(wave), _reasons(wave), wave_samples(wave, ente, link))


def items_of(wave: Wave, *, states: Sequence[str] = ()) -> QuerySet[WaveItem]:
    """In a steady order, to be paged; with the subject's name at hand."""
    items = WaveItem.objects.filter(wave=wave).select_related("subject").order_by("pk")
    return items.filter(state__in=states) if states else items


def without_contact(wave: Wave) -> QuerySet[WaveItem]:
    """Who must be reached in another way."""
    return items_of(wave).filter(reason__in=[reason.value for reason in NO_CONTACT])


def reason_sentence(code: str) -> str:
    """The answer to *Perché?* for a stored reason: ours, or the provider's code."""
    if code in set(ExclusionReason):
        return ExclusionReason(code).sentence
    return sms_fault(code).words if code.isdecimal() and len(code) == 5 else code


def wave_samples(wave: Wave, ente: Ente, link: str, *, count: int = SAMPLES) -> list[Sample]:
    """The first, the middle and the last of those who would get it."""
    ready = WaveItem.objects.filter(wave=wave).exclude(state=WaveItem.State.EXCLUDED)
    ids = list(ready.order_by("pk").values_list("pk", flat=True))
    chosen = (
        sorted({ids[(len(ids) - 1) * n // max(1, count - 1)] for n in range(count)}) if ids else []
    )
    items = WaveItem.objects.filter(pk__in=chosen).select_related("subject", "wave").order_by("pk")
    return [_sample(item, ente, link) for item in items]


def _sample(item: WaveItem, ente: Ente, link: str) -> Sample:
    try:
        said, problem = _compose(item, ente, link), ""
    except (Refused, ValueError) as refusal:  # paid since, or words that do not fit
        said, problem = Composed(text=""), str(refusal)
    size = measure_sms(said.text)
    return Sample(
        item.subject.name, item.address, item.amount_cents, said.subject, said.text, said.html,
        size.units, size.parts, problem,
    )  # fmt: skip


def _compose(item: WaveItem, ente: Ente, link: str) -> Composed:
    wave = item.wave
    if wave.kind == Wave.Kind.NOTICE:
        whole = Position.objects.select_related("subject", "service").prefetch_related(
            "instalments"
        )
        position = whole.get(pk=item.position_ids[0])
        return compose_notice(wave=wave, position=position, ente=ente, link=link, with_pdf=False)
    overdue = overdue_debts(on=wave.planned_on, position_ids=item.position_ids)
    debts = [debt for debt in overdue if debt.notices]
    return compose_reminder(wave=wave, subject=item.subject, debts=debts, ente=ente, link=link)


def _states(wave: Wave) -> list[Tally]:
    labels = dict(WaveItem.State.choices)
    return [
        Tally(code, str(labels[code]), items, cents)
        for code, items, cents in _counted(wave, "state")
    ]


def _reasons(wave: Wave) -> list[Tally]:
    return [
        Tally(code, reason_sentence(code), items, cents)
        for code, items, cents in _counted(wave, "reason")
        if code
    ]


def _counted(wave: Wave, column: str) -> list[tuple[str, int, int]]:
    rows = WaveItem.objects.filter(wave=wave).values_list(column)
    return list(rows.annotate(items=Count("pk"), cents=Sum("amount_cents")).order_by(column))
