"""Chapter 10 – returned mail: the address put right in the registry, and the letter repeated in the next batch.

Before: a letter that came back, or that could not be printed.  After: the item waits on paper again, or is given up.
"""

from datetime import datetime

from django.db import transaction

from dunning.models import AddressTask, WaveItem
from dunning.rules.channels import SEND
from dunning.rules.post_addresses import address_trouble, window_lines
from dunning.rules.send import REFUSED
from dunning.services.act_reversals import take_charges_off
from dunning.services.cascading import on_paper_again, ready_again
from dunning.services.post_batches import PostRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from registry.rules.addresses import PostalAddress
from registry.services.corrections import correct_subject_address


@transaction.atomic
def correct_address(
    *, task_id: int, address: PostalAddress, note: str, actor: Actor, at: datetime
) -> AddressTask:
    """Write it in the registry and let the letter be printed again. Raises PostRefused, CorrectionRefused."""
    task = _open_task(task_id)
    trouble = address_trouble(
        street=address.street, cap=address.cap, city=address.city, province=address.province,
        country=address.country,
    )  # fmt: skip
    if trouble:
        raise PostRefused(trouble)
    subject = task.item.subject
    assert subject is not None  # noqa: S101 - a letter is never of a list
    correct_subject_address(subject=subject, address=address, actor=actor, at=at)
    subject.refresh_from_db()
    if window_lines(subject.name, subject.address_lines) is None:
        raise PostRefused("L'indirizzo non sta nella finestra della busta: 4 righe di 44 caratteri")
    _again(task.item, " ".join(subject.address_lines), actor, at)
    return _settle(task, AddressTask.End.CORRECTED, note, actor, at)


@transaction.atomic
def give_address_up(*, task_id: int, note: str, actor: Actor, at: datetime) -> AddressTask:
    """Nobody found one: the item ends not reached. Raises PostRefused without a word of what was tried."""
    if not note.strip():
        raise PostRefused("Scrivere che cosa si è cercato")
    task = _open_task(task_id)
    item = lock_row(WaveItem, task.item_id)
    refused = item.reason == REFUSED
    item.state, item.reason, item.updated_at = WaveItem.State.NOT_REACHED, task.cause, at
    item.save(update_fields=["state", "reason", "updated_at"])
    if refused:  # by SEND: the act was never served
        take_charges_off(item=item, reason=REFUSED, actor=actor, at=at)
    return _settle(task, AddressTask.End.GIVEN_UP, note, actor, at)


def _open_task(task_id: int) -> AddressTask:
    task = lock_row(AddressTask, task_id)
    if task.settled_at is not None:
        raise PostRefused("Questo indirizzo è già stato lavorato")
    return task


def _again(item: WaveItem, address: str, actor: Actor, at: datetime) -> None:
    """On paper; an act that SEND refused goes back to SEND, and one that it serves anyway is not repeated."""
    if item.channel == SEND:
        refused = lock_row(WaveItem, item.pk).state == WaveItem.State.NOT_REACHED
        if refused and not ready_again(item, at=at):  # of a wave that was cancelled meanwhile
            take_charges_off(item=item, reason=REFUSED, actor=actor, at=at)
        return
    item.address = address
    item.save(update_fields=["address"])
    on_paper_again(item, at=at)


def _settle(task: AddressTask, end: str, note: str, actor: Actor, at: datetime) -> AddressTask:
    task.end, task.note, task.settled_at, task.settled_by = end, note, at, actor.name
    task.save(update_fields=["end", "note", "settled_at", "settled_by"])
    record_audit(
        action="dunning.address_task.settled", actor=actor, at=at, subject=f"address_task:{task.pk}", end=end
    )  # fmt: skip
    return task
