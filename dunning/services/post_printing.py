"""Chapter 10 – a print batch made: letters frozen some at a time, printed, stored; a worker that dies goes on from there.

Before: ``ask_batch``.  After: the file for the printer. What is paid meanwhile is skipped, not printed.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing.services.bollettazione_parts import keep_file
from dunning.channels.post_manifest import ManifestRow, write_printer_archive
from dunning.models import AddressTask, Attempt, Letter, PrintBatch, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.eligibility import ExclusionReason, why_not
from dunning.rules.post import Product
from dunning.rules.post_addresses import address_trouble, window_lines
from dunning.selectors.facts import prices_on
from dunning.selectors.post_words import body_of, frozen_words, letter_data
from dunning.services.asking import Asked
from dunning.services.post_batches import ENDED, waiting_items
from dunning.services.post_files import index_of, manifest_of, pdf_name, reader_of, stored_pdf
from dunning.services.rechecking import ask_again
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_names, lock_row
from paybox.kernel.models import Job
from paybox.kernel.problems import Refused
from paybox.kernel.queue import current_schema
from registry.models import Subject
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
        if not _freeze(batch, number, way, at):
            return None


@transaction.atomic
def _freeze(batch: PrintBatch, part: int, way: SendingWay, at: datetime) -> int:
    """Look again at the next items and write their letters. Returns how many items were looked at."""
    if lock_row(Job, batch.job_id).state in ENDED:
        return 0
    items = list(waiting_items(batch.wave_id).select_related("subject").order_by("pk")[:PART])
    lock_names(f"dunning.person/{item.subject_id}" for item in items)
    asked = ask_again(items, wave=batch.wave, way=way, at=at)
    for item, now in zip(items, asked, strict=True):
        item.wave = batch.wave
        _freeze_one(batch, part, item, now, way.ente, at)
    return len(items)


def _freeze_one(
    batch: PrintBatch, part: int, item: WaveItem, asked: Asked, ente: Ente, at: datetime
) -> None:
    reason = why_not(replace(asked.facts, last_message_at=None))  # asked when it was set aside
    if reason is not None:
        _skip(item, reason, at)
        return
    assert item.subject is not None  # noqa: S101 - only a list has items without a debtor
    trouble, lines = _window(item.subject)
    if trouble:
        AddressTask.objects.create(
            item=item, source=AddressTask.Source.BEFORE, cause=trouble, opened_at=at,
            address=" ".join(item.subject.address_lines),
        )  # fmt: skip
        return
    try:
        words = frozen_words(
            item=item, debts=asked.debts, compose=asked.compose, written_on=at.astimezone(ROME).date()
        )  # fmt: skip
    except Refused:
        _skip(item, ExclusionReason.TESTO, at)
        return
    _write_letter(batch, part, item, words, lines, ente, at)


def _skip(item: WaveItem, reason: ExclusionReason, at: datetime) -> None:
    """Nothing leaves: the step is given back, unless an earlier message of this item left."""
    item.state, item.reason, item.updated_at = WaveItem.State.SKIPPED, reason.value, at
    item.save(update_fields=["state", "reason", "updated_at"])
    if not item.rung and not item.attempts.exists():
        item.steps_taken.all().delete()


def _window(subject: Subject) -> tuple[str, tuple[str, ...]]:
    trouble = address_trouble(
        street=subject.street, cap=subject.cap, city=subject.city, province=subject.province,
        country=subject.country,
    )  # fmt: skip
    lines = window_lines(subject.name, subject.address_lines)
    if not trouble and lines is None:
        trouble = "L'indirizzo non sta nella finestra della busta: 4 righe di 44 caratteri"
    return trouble, lines or ()


def _write_letter(
    batch: PrintBatch, part: int, item: WaveItem, words: dict[str, Any], lines: tuple[str, ...], ente: Ente,
    at: datetime,
) -> None:  # fmt: skip
    on, tries = at.astimezone(ROME).date(), item.attempts.count() + 1
    body = body_of(words)
    attempt = Attempt.objects.create(
        uuid=uuid5(item.wave.uuid, f"{item.key}:{tries}"), item=item, try_number=tries, channel=LETTER,
        address=" ".join(lines[1:]), subject_line=words["subject"], body=body, parts=1,
        body_sha256=hashlib.sha256(body.encode()).hexdigest(), cost_mills=prices_on(on)[LETTER], created_at=at,
    )  # fmt: skip
    number = batch.letters.count() + 1
    Letter.objects.create(
        batch=batch, attempt=attempt, number=number, part=part, lines=list(lines), words=words,
        code=f"{ente.codice_fiscale}{batch.pk % 100_000:05d}{number:06d}",
    )  # fmt: skip


def _print_part(batch: PrintBatch, part: int, ente: Ente) -> None:
    from billing.documents.letters import bind_letters

    letters = list(batch.letters.filter(part=part).order_by("number"))
    product, service = Product(batch.product), batch.wave.service
    said = [
        letter_data(words=one.words, lines=one.lines, code=one.code, product=product, ente=ente, service=service)
        for one in letters
    ]  # fmt: skip
    pages: list[int] = []
    for together in [[one] for one in said] if product.one_file_each else [said]:
        bound = bind_letters(together)
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
        letter.save(update_fields=["first_page", "pages"])
        page += count
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
