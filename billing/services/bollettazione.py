"""Chapter 5 – the billing file of a load: every avviso as PDF, a manifest, digital and paper apart.

Before: a confirmed load.  After: the print house, the waves of e-mail.
The file is made in parts of some notices each, so that a worker that dies goes on from the last
part; made again from scratch it has the same bytes.
"""

import hashlib
import tempfile
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from billing.documents.archive import ArchiveTotals, write_billing_archive
from billing.models import Bollettazione, Load, Position, TimelineEntry
from billing.services.bollettazione_parts import (
    drop_parts,
    keep_file,
    make_part,
    parts_entries,
    parts_positions,
)
from billing.services.timeline import tell
from paybox.kernel.actor import SYSTEM, Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job
from paybox.kernel.problems import Refused
from paybox.kernel.queue import current_schema, enqueue
from tenants.models import Ente

KIND = "billing.bollettazione"
TELLING = 2_000
_ENDED = (Job.State.DONE, Job.State.CANCELLED, Job.State.FAILED)


class BollettazioneRefused(Refused):
    """The billing file cannot be asked for or stopped now; nothing was changed."""


@transaction.atomic
def ask_bollettazione(*, load_id: int, actor: Actor, at: datetime) -> Bollettazione:
    """Have the billing file of a confirmed load made; the one being made already is given back.

    Raises BollettazioneRefused when the load is not confirmed or nobody owes anything in it.
    """
    load = lock_row(Load, load_id)
    if load.state != Load.State.CONFIRMED:
        raise BollettazioneRefused("Gli avvisi si stampano solo di un caricamento concluso")
    total = Position.objects.unpaid().filter(load=load).count()
    if not total:
        raise BollettazioneRefused("In questo caricamento non c'è più nulla da pagare")
    running = Bollettazione.objects.filter(load=load).exclude(job__state__in=_ENDED).first()
    if running is not None:
        return running
    job = Job.objects.create(
        kind=KIND, title=f"Avvisi di {load.filename}", total=total, created_at=at,
        actor_name=actor.name,
    )  # fmt: skip
    made = Bollettazione.objects.create(load=load, job=job, created_at=at)
    enqueue("billing.make_bollettazione", queue="documents", bollettazione_id=made.pk)
    _audit("asked", made, actor, at, notices=total)
    return made


@transaction.atomic
def cancel_bollettazione(*, bollettazione_id: int, actor: Actor, at: datetime) -> Bollettazione:
    """Stop it; the worker notices within a few notices. Raises BollettazioneRefused when ended."""
    made = Bollettazione.objects.get(pk=bollettazione_id)
    job = lock_row(Job, made.job_id)
    if job.state in _ENDED:
        raise BollettazioneRefused("La preparazione degli avvisi è già finita")
    job.state, job.ended_at = Job.State.CANCELLED, at
    job.save(update_fields=["state", "ended_at"])
    _audit("cancelled", made, actor, at)
    return made


def make_bollettazione(
    *, bollettazione_id: int, ente: Ente, at: datetime, enough: Callable[[], bool] = lambda: False
) -> bool:
    """Make the file, or go on making it. False when ``enough()`` said so between two parts.

    Each position of the file is told once that its avviso was issued. Nothing happens when it is
    made or cancelled already.
    """
    made = Bollettazione.objects.select_related("job", "load").get(pk=bollettazione_id)
    if made.job.state in _ENDED:
        return True
    _start(made.job, at)
    while made.job.state == Job.State.RUNNING and make_part(made, ente):
        if enough():
            return False
    if made.job.state == Job.State.RUNNING:
        totals, digest = _store(made)
        _tell_noticed(made, at)
        _finish(made, totals, digest, at)
    drop_parts(made)
    return True


def file_name(made: Bollettazione) -> str:
    """Where the default storage keeps the file."""
    return f"{current_schema()}/bollettazioni/{made.job.uuid}.zip"


def _start(job: Job, at: datetime) -> None:
    """Only what waits starts: a cancellation that came first is not overwritten."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    waiting.update(state=Job.State.RUNNING, started_at=at)
    job.refresh_from_db()


def _store(made: Bollettazione) -> tuple[ArchiveTotals, str]:
    with tempfile.TemporaryFile(suffix=".zip") as archive:
        totals = write_billing_archive(archive, parts_entries(made))
        digest = _digest(archive)
        archive.seek(0)
        keep_file(file_name(made), archive)
    return totals, digest


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a temporary file reads into buffers


def _tell_noticed(made: Bollettazione, at: datetime) -> None:
    """In chunks, each in its own transaction; who was told is not told again."""
    for position_ids in parts_positions(made, TELLING):
        with transaction.atomic():
            untold = Position.objects.select_for_update().order_by("pk")
            untold = untold.filter(pk__in=position_ids, noticed_at__isnull=True)
            ids = list(untold.values_list("pk", flat=True))
            tell(
                position_ids=ids, kind=TimelineEntry.Kind.NOTICED, at=at, actor=SYSTEM,
                reference=f"bollettazione {made.pk}",
            )  # fmt: skip


@transaction.atomic
def _finish(made: Bollettazione, totals: ArchiveTotals, digest: str, at: datetime) -> None:
    job = lock_row(Job, made.job_id)
    made.notices, made.pages = totals.notices, totals.pages
    made.digital, made.paper = totals.digital, totals.paper
    made.file, made.sha256 = file_name(made), digest
    made.save(update_fields=["notices", "pages", "digital", "paper", "file", "sha256"])
    job.state, job.ended_at, job.result_file = Job.State.DONE, at, made.file
    job.done = totals.notices
    job.total = job.done + job.failed  # who paid meanwhile needs no avviso any more
    job.save(update_fields=["state", "ended_at", "result_file", "done", "total"])
    _audit("made", made, Actor(0, job.actor_name), at, notices=made.notices, sha256=digest)


def _audit(what: str, made: Bollettazione, actor: Actor, at: datetime, **details: Any) -> None:
    record_audit(
        action=f"billing.bollettazione.{what}", actor=actor, at=at,
        subject=f"load:{made.load.uuid}", bollettazione=made.pk, **details,
    )  # fmt: skip
