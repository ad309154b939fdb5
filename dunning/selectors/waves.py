"""What a screen asks of waves: the list, one wave with its counts and its samples, its items page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from dunning.models import Wave, WaveItem
from dunning.rules.channels import label_of
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.sms_faults import sms_fault
from dunning.selectors.samples import Sample, wave_samples
from tenants.models import Ente

NO_CONTACT = (ExclusionReason.SENZA_RECAPITO, ExclusionReason.CARTA)


@dataclass(frozen=True, slots=True)
class Tally:
    """One row of counts: ``code`` as stored, ``label`` for the reader, cents; parts and thousandths of a euro foreseen."""

    code: str
    label: str
    items: int
    amount_cents: int
    parts: int = 0
    cost_mills: int = 0


@dataclass(frozen=True, slots=True)
class WaveDetail:
    wave: Wave
    states: Sequence[Tally]
    reasons: Sequence[Tally]
    channels: Sequence[Tally]
    samples: Sequence[Sample]


def waves_newest_first() -> QuerySet[Wave]:
    return Wave.objects.select_related("service", "step", "campaign", "invitation").order_by(
        "-created_at", "-pk"
    )


def wave_detail(*, wave: Wave, ente: Ente, link: str) -> WaveDetail:
    """Counts by state, reason and channel; while some are still to leave, some messages as they would be read."""
    ended = wave.state in (Wave.State.SENT, Wave.State.CANCELLED)
    return WaveDetail(
        wave,
        _states(wave),
        _reasons(wave),
        _channels(wave),
        [] if ended else wave_samples(wave, ente, link),
    )


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


def _states(wave: Wave) -> list[Tally]:
    labels = dict(WaveItem.State.choices)
    return [
        Tally(code, str(labels[code]), items, cents)
        for code, items, cents, *_ in _counted(wave, "state")
    ]


def _reasons(wave: Wave) -> list[Tally]:
    return [
        Tally(code, reason_sentence(code), items, cents)
        for code, items, cents, *_ in _counted(wave, "reason")
        if code
    ]


def _channels(wave: Wave) -> list[Tally]:
    """Of those who get a message, in the order of the cascade."""
    left_out = [WaveItem.State.EXCLUDED, WaveItem.State.HELD_OUT]
    found = {code: row for code, *row in _counted(wave, "channel", but=left_out)}
    return [Tally(code, label_of(code), *found[code]) for code in wave.channels if code in found]


def _counted(
    wave: Wave, column: str, *, but: Sequence[str] = ()
) -> list[tuple[str, int, int, int, int]]:
    rows = WaveItem.objects.filter(wave=wave).exclude(state__in=but).values_list(column)
    counted = rows.annotate(
        items=Count("pk"),
        cents=Sum("amount_cents"),
        all_parts=Sum("parts"),
        mills=Sum("cost_mills"),
    )
    return list(counted.order_by(column))
