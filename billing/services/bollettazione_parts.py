"""Chapter 5 – the parts of a billing file: some notices each, stored as they are printed.

A part is a ZIP of PDFs and one JSON with their rows of the manifest. How far the parts have come
stands in the job (``through``: the last position, ``parts``: how many).
"""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage

from billing.documents.archive import ArchiveEntry
from billing.documents.data import DocumentRefused, NoticeData, RenderedPdf
from billing.documents.renderer import render_notices
from billing.models import Bollettazione, Position
from billing.selectors.channels import Channel, channel_of, digital_subjects
from billing.services.notices import notice_data
from paybox.kernel.models import Job
from paybox.kernel.queue import current_schema
from tenants.models import Ente

PART = 100
PROGRESS = 25
ROWS = "rows.json"


def make_part(made: Bollettazione, ente: Ente) -> bool:
    """Print and store the next notices. False when none is left, or the job was cancelled."""
    job, reached = made.job, _reached(made.job)
    positions = _next_positions(made, reached["through"])
    if not positions:
        return False
    job.done, job.failed = (
        reached["done"],
        reached["failed"],
    )  # what a killed worker counted too far
    with tempfile.TemporaryFile(suffix=".zip") as part:
        if not _write_part(part, positions, ente, job):
            return False
        part.seek(0)
        keep_file(_part_name(made, reached["parts"]), part)
    job.details = {
        "through": positions[-1].pk, "parts": reached["parts"] + 1, "done": job.done,
        "failed": job.failed,
    }  # fmt: skip
    job.save(update_fields=["details", "done", "failed", "message"])
    return True


def keep_file(name: str, content: IO[bytes]) -> None:
    """Store under exactly this name, in place of what an interrupted run may have left."""
    if default_storage.exists(name):
        default_storage.delete(name)
    default_storage.save(name, File(content))


def parts_entries(made: Bollettazione) -> Iterator[ArchiveEntry]:
    """Every notice of every part, in order; one PDF at a time."""
    for archive, rows in _open_parts(made):
        for row in rows:
            kept = {key: value for key, value in row.items() if key != "position"}
            kept["due_on"] = date.fromisoformat(kept["due_on"])
            yield ArchiveEntry(pdf=archive.read(row["file_name"]), **kept)


def parts_positions(made: Bollettazione, size: int) -> Iterator[list[int]]:
    """The positions whose avviso is in the file, in pieces of about ``size``."""
    ids: list[int] = []
    for _, rows in _open_parts(made):
        ids += [row["position"] for row in rows]
        if len(ids) >= size:
            yield ids
            ids = []
    if ids:
        yield ids


def drop_parts(made: Bollettazione) -> None:
    """The parts are of no use once the file is stored or the job cancelled."""
    for number in range(_reached(made.job)["parts"]):
        default_storage.delete(_part_name(made, number))


def _reached(job: Job) -> dict[str, int]:
    reached: dict[str, int] = {"through": 0, "parts": 0, "done": 0, "failed": 0} | job.details
    return reached


def _part_name(made: Bollettazione, number: int) -> str:
    return f"{current_schema()}/bollettazioni/{made.job.uuid}.parts/{number:05d}.zip"


def _next_positions(made: Bollettazione, through: int) -> list[Position]:
    unpaid = Position.objects.unpaid().filter(load_id=made.load_id, pk__gt=through)
    whole = unpaid.select_related("subject", "service").prefetch_related("instalments")
    return list(whole.order_by("pk")[:PART])


def _write_part(part: IO[bytes], positions: list[Position], ente: Ente, job: Job) -> bool:
    """False when a person cancelled the job meanwhile."""
    digital = digital_subjects([position.subject_id for position in positions])
    printable = list(_printable(positions, ente, job))
    printed = render_notices(data for _, data in printable)
    rows: list[dict[str, Any]] = []
    with zipfile.ZipFile(part, "w") as archive:
        for (position, data), rendered in zip(printable, printed, strict=True):
            row = _row(position, data, rendered, channel_of(position.subject_id, digital))
            archive.writestr(row["file_name"], rendered.pdf)
            rows.append(row)
            job.done += 1
            if job.done % PROGRESS == 0 and not _go_on(job):
                return False
        archive.writestr(ROWS, json.dumps(rows))
    return _go_on(job)


def _printable(
    positions: list[Position], ente: Ente, job: Job
) -> Iterator[tuple[Position, NoticeData]]:
    """Each position with its avviso; one that cannot be printed is counted and named in the job."""
    for position in positions:
        try:
            yield position, notice_data(position, ente)
        except DocumentRefused as refusal:
            job.failed += 1
            job.message = f"{position.reference}: {refusal}"


def _row(
    position: Position, data: NoticeData, rendered: RenderedPdf, channel: Channel
) -> dict[str, Any]:
    """What ``ArchiveEntry`` takes but the PDF, as JSON, and which position it is of."""
    first, subject = data.single or data.instalments[0], position.subject
    owed = [data.single] if data.single else data.instalments
    return {
        "position": position.pk,
        "file_name": f"{first.notice_number}.pdf",
        "pages": rendered.pages,
        "notice_number": first.notice_number,
        "debtor_name": subject.name,
        "address": f"{subject.street} {subject.civic}".strip(),
        "cap": subject.cap,
        "comune": subject.city,
        "provincia": subject.province,
        "amount_cents": sum(payment.amount_cents for payment in owed),
        "due_on": first.due_on.isoformat(),
        "channel": channel,
    }


def _go_on(job: Job) -> bool:
    """Write the progress; False when the job is not running any more."""
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    if running.update(done=job.done, failed=job.failed, message=job.message):
        return True
    job.refresh_from_db()
    return False


def _open_parts(made: Bollettazione) -> Iterator[tuple[zipfile.ZipFile, list[dict[str, Any]]]]:
    for number in range(_reached(made.job)["parts"]):
        with (
            default_storage.open(_part_name(made, number)) as stored,
            zipfile.ZipFile(stored) as archive,
        ):
            yield archive, json.loads(archive.read(ROWS))
