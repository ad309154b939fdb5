"""Chapter 10 – acts served: what a batch has made becomes a wave, read, approved and sent as every other, with its own proof.

Before: credits opened again with their sums.  After: PEC receipts or registered letters; the step counts as taken for the new
credit when its act leaves, and as proved when it arrives.
"""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from billing.states import PositionState
from dunning.models import ActBatch, ActItem, Wave
from dunning.rules.channels import CONTACT_KINDS, LETTER, reachable, taxpayer_addresses
from dunning.rules.eligibility import ExclusionReason
from dunning.selectors.channel_access import usable_channels
from dunning.selectors.chosen_texts import missing_texts
from dunning.selectors.facts import prices_on
from dunning.services.planning import CANARY, LARGE
from dunning.services.refusals import WaveRefused
from dunning.services.simulation import Plan, Planned, fill_wave, open_wave
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row
from registry.models import Subject
from registry.selectors.contacts import best_contacts

CHUNK = 1_000


@transaction.atomic
def plan_act_wave(*, batch_id: int, actor: Actor, at: datetime, today: date) -> Wave:
    """Simulate the sending of the acts of a batch; one that was cancelled may be planned again. Raises WaveRefused."""
    batch = lock_row(ActBatch, batch_id)
    if batch.state != ActBatch.State.DONE:
        raise WaveRefused("Gli atti si notificano quando il lotto è completato")
    if batch.wave is not None and batch.wave.state != Wave.State.CANCELLED:
        raise WaveRefused("La notifica di questi atti è già stata preparata")
    step = batch.step
    if missing := missing_texts(step):
        raise WaveRefused(missing)
    channels = usable_channels(step.channels, service_id=batch.service_id)
    if not channels:
        raise WaveRefused("Non è attivo alcun canale di questo passo")
    plan = Plan(Wave.Kind.ACT, batch.service, channels, today, step=step, canary=CANARY)
    wave = open_wave(plan=plan, actor=actor, at=at)
    fill_wave(wave=wave, items=iter(list(_items(batch, wave, today))), actor=actor, at=at)
    if wave.recipients < LARGE:
        wave.canary = 0
        wave.save(update_fields=["canary"])
    batch.wave = wave
    batch.save(update_fields=["wave"])
    return wave


def _items(batch: ActBatch, wave: Wave, today: date) -> Iterator[Planned]:
    made = batch.items.filter(state=ActItem.State.DONE).select_related("replacement__subject")
    rows, prices = iter(made.order_by("pk").iterator(CHUNK)), prices_on(today)
    while chunk := list(islice(rows, CHUNK)):
        people = {item.replacement.subject_id for item in chunk if item.replacement}
        known = {
            channel: best_contacts(kind=CONTACT_KINDS[channel], subject_ids=people)
            for channel in wave.channels
            if channel in CONTACT_KINDS
        }
        yield from (_planned(item, wave, known, prices) for item in chunk)


def _planned(
    item: ActItem, wave: Wave, known: dict[str, dict[int, str]], prices: dict[str, int]
) -> Planned:
    position = item.replacement
    assert position is not None  # noqa: S101 - the database says that what is done has one
    subject = position.subject
    contacts = {channel: found.get(subject.pk, "") for channel, found in known.items()}
    contacts[LETTER] = _on_paper(subject)
    contacts |= taxpayer_addresses(subject.codice_fiscale, has_address=bool(contacts[LETTER]))
    rung = reachable(wave.channels, contacts) or 0
    channel = wave.channels[rung]
    reason = "" if contacts[channel] else ExclusionReason.SENZA_RECAPITO
    if position.state not in (PositionState.OPEN, PositionState.PARTLY_PAID):
        settled = position.state == PositionState.SETTLED
        reason = ExclusionReason.PAGATO if settled else ExclusionReason.RITIRATO
    return Planned(
        subject.pk, (position.pk,), str(position.uuid), position.residual_cents, contacts[channel], reason, channel,
        rung, parts=0 if reason else 1, cost_mills=0 if reason else prices[channel],
    )  # fmt: skip


def _on_paper(subject: Subject) -> str:
    """As the candidates of every wave are asked: street and town, and the CAP in Italy."""
    whole = subject.street and subject.city and (subject.cap or subject.country != "IT")
    return " ".join(subject.address_lines) if whole else ""
