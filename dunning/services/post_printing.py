"""Chapter 10 – a print batch made: letters frozen some at a time, printed, stored; a worker that dies goes on from there.

Before: ``ask_batch``; each part is frozen by ``post_freezing``.  After: the file for the printer.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing.services.bollettazione_parts import keep_file
from dunning.channels.post_manifest import ManifestRow, write_printer_archive
from dunning.models import Letter, PrintBatch
from dunning.rules.post import Product
from dunning.services.post_batches import ENDED
from dunning.services.post_files import index_of, manifest_of, pdf_name, reader_of, stored_pdf
from dunning.services.post_freezing import freeze_part
from dunning.services.post_pages import bind_pages
from dunning.services.way import SendingWay
from paybox.kernel.locking import lock_row
from paybox.kernel.models import Job
from paybox.kernel.queue import current_schema
from tenants.models import Ente

PART = 50


def make_batch(
    *, batch_id: int, way: SendingWay, at: datetime, enough: Callable[[], bool] = lambda: False
) -> bool:
    """Make the batch, or go on making it. False when ``enough()`` said so between two parts."""
    batch = PrintBatch.objects.select_related("job", "wave__service", "wave__step__policy").get(pk=batch_id)  # fmt: skip
    waiting = Job.objects.filter(pk=batch.job_id, state=Job.State.WAITING)
    waiting.update(state=Job.State.RUNNING, started_at=at)
    while (part := _next_part(batch, way, at)) is not None:
        _print_part(batch, part, way.ente)
        if enough():
            return False
    if batch.job.state not in ENDED:
        _finish(batch, at)
    return True


def _next_part(batch: PrintBatch, way: SendingWay, at: datetime) -> int | None:
    """The part to print: the one left unprinted, or the next that can be frozen. None when all is done or stopped."""
    while True:
        batch.job.refresh_from_db()
        if batch.job.state in ENDED:
            return None
        number = int(batch.job.details.get("parts", 0)) + 1
        if batch.letters.filter(part=number).exists():
            return number
        if not freeze_part(batch=batch, part=number, limit=PART, way=way, at=at):
            return None


def _print_part(batch: PrintBatch, part: int, ente: Ente) -> None:
    letters = list(batch.letters.filter(part=part).order_by("number"))
    alone = Product(batch.product).one_file_each
    pages: list[int] = []
    for together in [[one] for one in letters] if alone else [letters]:
        bound = bind_pages(together, batch=batch, ente=ente)
        name = pdf_name(batch, letters[len(pages)])
        keep_file(stored_pdf(batch, name), ContentFile(bound.pdf))
        pages += bound.pages
    _note_part(batch, part, letters, pages)


@transaction.atomic
def _note_part(
    batch: PrintBatch, part: int, letters: Sequence[Letter], pages: Sequence[int]
) -> None:
    page, alone = 1, Product(batch.product).one_file_each
    for letter, count in zip(letters, pages, strict=True):
        letter.first_page, letter.pages = 1 if alone else page, count
        page += count
    Letter.objects.bulk_update(letters, ["first_page", "pages"])
    job = lock_row(Job, batch.job_id)
    job.details, job.done = {"parts": part}, letters[-1].number
    job.save(update_fields=["details", "done"])


def _finish(batch: PrintBatch, at: datetime) -> None:
    """Parts and manifest in one file; with the same letters it has the same bytes."""
    rows = manifest_of(batch)
    name = f"{current_schema()}/posta/{batch.uuid}.zip"
    files = dict.fromkeys(row.file for row in rows)
    with tempfile.TemporaryFile(suffix=".zip") as archive:
        read = {one: reader_of(batch, one) for one in files}
        write_printer_archive(archive, rows, read, index=index_of(batch))
        archive.seek(0)
        digest = hashlib.file_digest(archive, "sha256").hexdigest()
        archive.seek(0)
        keep_file(name, archive)
    _write_finished(batch, rows, name, digest, at)
    for one in files:
        default_storage.delete(stored_pdf(batch, one))


@transaction.atomic
def _write_finished(
    batch: PrintBatch, rows: Sequence[ManifestRow], name: str, digest: str, at: datetime
) -> None:
    job = lock_row(Job, batch.job_id)
    if job.state in ENDED:
        return
    batch.file, batch.sha256 = name, digest
    batch.letters_count, batch.pages = len(rows), sum(row.pages for row in rows)
    batch.save(update_fields=["file", "sha256", "letters_count", "pages"])
    job.state, job.ended_at, job.result_file = Job.State.DONE, at, name
    job.done = job.total = len(rows)
    job.save(update_fields=["state", "ended_at", "result_file", "done", "total"])
