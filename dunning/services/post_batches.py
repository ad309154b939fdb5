"""Chapter 10 – print batches: the letters of a wave asked for, stopped, handed to the printer by a person.

Before: items that no other channel reaches, or formal steps.  After: the printer's outcomes.
"""

from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from dunning.models import AddressTask, Attempt, PrintBatch, Wave, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.post import Product
from dunning.selectors.post import ON_PAPER
from dunning.services.post_sent import tell_first_part
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job
from paybox.kernel.problems import Refused
from paybox.kernel.queue import enqueue

KIND = "dunning.print_batch"
WORK = "dunning.make_print_batch"
ENDED = (Job.State.DONE, Job.State.CANCELLED, Job.State.FAILED)
PRINTED = (Wave.State.SENDING, Wave.State.SENT)


class PostRefused(Refused):
    """It cannot be done to this batch, letter or address now; nothing was changed."""


def waiting_items(wave_id: int) -> QuerySet[WaveItem]:
    """What goes on paper and is in no batch: an address to be put right waits for it."""
    found = WaveItem.objects.filter(wave_id=wave_id, state=WaveItem.State.PAPER)
    in_batch = Attempt.objects.filter(
        item=OuterRef("pk"), channel=LETTER, state=Attempt.State.CREATED
    )
    wrong = AddressTask.objects.filter(item=OuterRef("pk"), settled_at__isnull=True)
    return found.exclude(Exists(in_batch)).exclude(Exists(wrong))


@transaction.atomic
def ask_batch(*, wave_id: int, product: str, actor: Actor, at: datetime) -> PrintBatch:
    """Have the letters that wait printed in a batch; the one being made already is given back. Raises PostRefused."""
    wave = lock_row(Wave, wave_id)
    if wave.kind not in ON_PAPER:
        raise PostRefused("Gli avvisi su carta si stampano dal caricamento, non da qui")
    if wave.state not in PRINTED:
        raise PostRefused(f"L'invio è «{wave.get_state_display()}»: le sue lettere non si stampano")
    running = PrintBatch.objects.filter(wave=wave).exclude(job__state__in=ENDED).first()
    if running is not None:
        return running
    total = waiting_items(wave_id).count()
    if not total:
        raise PostRefused("In questo invio non ci sono lettere da stampare")
    job = Job.objects.create(
        kind=KIND, title=f"Lettere di {wave.service.name}", total=total, created_at=at, actor_name=actor.name,
    )  # fmt: skip
    batch = PrintBatch.objects.create(
        wave=wave, job=job, product=Product(product).value, created_at=at
    )
    enqueue(WORK, queue="documents", batch_id=batch.pk)
    _audit("asked", batch, actor, at, letters=total)
    return batch


@transaction.atomic
def cancel_batch(*, batch_id: int, actor: Actor, at: datetime) -> PrintBatch:
    """The letters wait again for another batch. Raises PostRefused once it was handed to the printer."""
    batch = lock_row(PrintBatch, batch_id)
    job = lock_row(Job, batch.job_id)
    if batch.sent_at is not None or job.state == Job.State.CANCELLED:
        raise PostRefused("Questo lotto è già stato consegnato allo stampatore o annullato")
    job.state, job.ended_at = Job.State.CANCELLED, at
    job.save(update_fields=["state", "ended_at"])
    throw_file_away(batch)
    open_ones = Attempt.objects.filter(letter__batch=batch, state=Attempt.State.CREATED)
    open_ones.update(
        state=Attempt.State.FAILED_NOW, ended_at=at, error_words="Il lotto di stampa è stato annullato."
    )  # fmt: skip
    _audit("cancelled", batch, actor, at)
    return batch


def throw_file_away(batch: PrintBatch) -> None:
    """What is for the printer is gone once the transaction is done."""
    name, batch.file = batch.file, ""
    batch.save(update_fields=["file"])
    if name:
        transaction.on_commit(lambda: default_storage.delete(name))


@transaction.atomic
def mark_sent(*, batch_id: int, actor: Actor, at: datetime) -> PrintBatch:
    """A person says that the printer has it: from now on the letters have left. Raises PostRefused."""
    batch = lock_row(PrintBatch, batch_id)
    if batch.sent_at is not None:
        raise PostRefused("Questo lotto è già stato consegnato allo stampatore")
    if batch.job.state != Job.State.DONE:
        raise PostRefused("Il lotto non è pronto: non si può consegnare")
    batch.sent_at, batch.sent_by = at, actor.name
    batch.save(update_fields=["sent_at", "sent_by"])
    tell_first_part(batch, at=at)
    _audit("sent", batch, actor, at, sha256=batch.sha256)
    return batch


def _audit(what: str, batch: PrintBatch, actor: Actor, at: datetime, **details: object) -> None:
    record_audit(
        action=f"dunning.print_batch.{what}", actor=actor, at=at, subject=f"print_batch:{batch.uuid}", **details
    )  # fmt: skip
