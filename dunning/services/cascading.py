"""Chapter 9 – the cascade: what could not arrive by one channel tries the next one, once, until the last.

Before: an attempt that failed for good, or an address that will not do.  After: the item is ready again further down.
"""

from datetime import datetime

from dunning.models import Suppression, Wave, WaveItem
from dunning.rules.channels import (
    BY_TAX_CODE,
    CONTACT_KINDS,
    LETTER,
    reachable,
    taxpayer_addresses,
)
from paybox.kernel.locking import share_row
from paybox.kernel.queue import enqueue
from registry.models import Subject
from registry.selectors.contacts import best_contacts

WORK = "dunning.send_wave"


def go_down(item: WaveItem, *, at: datetime) -> bool:
    """Make the item ready on the next channel that has an address. False when there is none. Inside a transaction."""
    cascade: list[str] = item.wave.channels
    if item.subject_id is None or item.rung + 1 >= len(cascade):
        return False
    contacts = _contacts(item.subject_id, cascade[item.rung + 1 :])
    rung = reachable(cascade, contacts, start=item.rung + 1)
    if rung is None or not _goes_on(item.wave_id):
        return False
    item.rung, item.channel, item.address = rung, cascade[rung], contacts[cascade[rung]]
    item.state, item.reason, item.updated_at = WaveItem.State.READY, "", at
    item.save()
    return True


def ready_again(item: WaveItem, *, at: datetime) -> bool:
    """The same message on the same channel, once more; its wave takes it up. False when the office gave the wave up.

    Inside a transaction.
    """
    if not _goes_on(item.wave_id):
        return False
    item.state, item.reason, item.updated_at = WaveItem.State.READY, "", at
    item.save(update_fields=["state", "reason", "updated_at"])
    return True


def _goes_on(wave_id: int) -> bool:
    """A wave that had ended is in sending again: somebody is left to reach. One in sending cannot end, nor be cancelled,
    before we are done: it would not see this item yet. Of one that was cancelled nothing more leaves.
    """
    if _reopen(wave_id):
        return True
    state = share_row(Wave, wave_id).state
    return _reopen(wave_id) if state == Wave.State.SENT else state != Wave.State.CANCELLED


def is_given_up(wave_id: int) -> bool:
    """Whether the office cancelled the wave; a cancellation under way is waited for. Inside a transaction."""
    return share_row(Wave, wave_id).state == Wave.State.CANCELLED


def on_paper_again(item: WaveItem, *, at: datetime) -> None:
    """The letter leaves once more with the next batch; of a wave that was given up nothing is printed."""
    if not is_given_up(item.wave_id):
        item.state, item.reason, item.updated_at = WaveItem.State.PAPER, "", at
        item.save(update_fields=["state", "reason", "updated_at"])


def _reopen(wave_id: int) -> bool:
    ended = Wave.objects.filter(pk=wave_id, state=Wave.State.SENT)
    if not ended.update(state=Wave.State.SENDING, ended_at=None):
        return False
    enqueue(WORK, queue="waves", wave_id=wave_id)
    return True


def _contacts(subject_id: int, channels: list[str]) -> dict[str, str]:
    found = {}
    for channel in channels:
        address = _address(subject_id, channel)
        if address:
            found[channel] = address
    return found


def _address(subject_id: int, channel: str) -> str:
    if channel in BY_TAX_CODE:
        code = Subject.objects.values_list("codice_fiscale", flat=True).get(pk=subject_id)
        return taxpayer_addresses(code, has_address=bool(_letter(subject_id)))[channel]
    return _letter(subject_id) if channel == LETTER else _best(subject_id, channel)


def _best(subject_id: int, channel: str) -> str:
    best = best_contacts(kind=CONTACT_KINDS[channel], subject_ids=[subject_id])
    address = best.get(subject_id, "")
    listed = Suppression.objects.filter(channel=channel, address=address, lifted_at__isnull=True)
    return "" if listed.exists() else address


def _letter(subject_id: int) -> str:
    subject = Subject.objects.get(pk=subject_id)
    complete = subject.street and subject.city and (subject.cap or subject.country != "IT")
    return " ".join(subject.address_lines) if complete else ""
