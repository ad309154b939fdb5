"""Chapter 9e – telephone: the end of the mandate: every file closed with its state, the report frozen, the package made.

Before: the last day, or the office's word.  After: nobody who telephoned sees anything any more; the body has it all.
The package is one ZIP, the same bytes each time it is made: files, log of the contacts, promises, documents, manifest.
"""

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable
from datetime import date, datetime

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from dunning.models import PhoneCampaign, PhoneDocument, PhoneFile, PhoneOperator, PhonePromise
from dunning.rules.phone_ends import FileState
from dunning.selectors.phone import owed_by
from dunning.selectors.phone_report import (
    CALL_COLUMNS,
    FILE_COLUMNS,
    PROMISE_COLUMNS,
    call_rows,
    file_rows,
    promise_rows,
    report_of,
)
from dunning.services.phone_campaigns import note_phone
from dunning.services.phone_files import end_file, ending_now, lift_holds
from dunning.services.phone_settling import settle_promises
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import SYSTEM, Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row, lock_rows
from paybox.kernel.queue import current_schema, enqueue

WORK = "dunning.make_phone_package"
_BORN = (1980, 1, 1, 0, 0, 0)  # of every entry of the ZIP
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def follow_campaigns(*, at: datetime, today: date) -> None:
    """Every morning: promises looked at, files that were paid closed, campaigns past their last day handed back."""
    settle_promises(at=at, today=today)
    running = PhoneCampaign.objects.filter(state=PhoneCampaign.State.RUNNING).order_by("pk")
    for campaign in list(running):
        if campaign.ends_on < today:
            close_phone_campaign(campaign_id=campaign.pk, actor=SYSTEM, at=at)
        else:
            _close_paid(campaign, at, today)


@transaction.atomic
def close_phone_campaign(*, campaign_id: int, actor: Actor, at: datetime) -> PhoneCampaign:
    """Hand everything back; from now on the operators see nothing. Raises PhoneRefused unless it is running."""
    campaign = lock_row(PhoneCampaign, campaign_id)
    if campaign.state != PhoneCampaign.State.RUNNING:
        raise PhoneRefused(f"La campagna è «{campaign.get_state_display()}»: non si conclude")
    on = at.astimezone(ROME).date()
    left = campaign.files.filter(state=FileState.OPEN.value).values_list("pk", flat=True)
    for file in lock_rows(PhoneFile, list(left)):
        state, reason = ending_now(file, on=on)
        _drop_promises(file, at)
        end_file(file, state=state, reason=reason, actor=actor, at=at)
    PhoneOperator.objects.filter(campaign=campaign, taken_back_at=None).update(taken_back_at=at)
    campaign.report = report_of(campaign)
    campaign.state, campaign.ended_at, campaign.ended_by = PhoneCampaign.State.CLOSED, at, actor.name  # fmt: skip
    campaign.save()
    note_phone("campaign_closed", campaign, actor, at, ends=campaign.report["ends"])
    enqueue(WORK, queue="documents", campaign_id=campaign.pk)
    return campaign


def make_phone_package(*, campaign_id: int) -> None:
    """The ZIP of a campaign that ended, with its checksum; made again it is the same."""
    campaign = PhoneCampaign.objects.get(pk=campaign_id)
    if campaign.state != PhoneCampaign.State.CLOSED or campaign.package:
        return
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            _fill(package, campaign)
        target.seek(0)
        digest = hashlib.file_digest(target, "sha256").hexdigest()
        target.seek(0)
        path = f"{current_schema()}/telefono/{campaign.uuid}/riconsegna.zip"
        campaign.package, campaign.package_sha256 = default_storage.save(path, File(target)), digest
    campaign.save(update_fields=["package", "package_sha256"])


def _fill(package: zipfile.ZipFile, campaign: PhoneCampaign) -> None:
    manifest = {}
    for name, columns, rows in (
        ("pratiche.csv", FILE_COLUMNS, file_rows(campaign)),
        ("contatti.csv", CALL_COLUMNS, call_rows(campaign)),
        ("promesse.csv", PROMISE_COLUMNS, promise_rows(campaign)),
    ):
        manifest[name] = _put(package, name, _csv([columns, *rows]))
    papers = PhoneDocument.objects.filter(file__campaign=campaign).select_related("file")
    for paper in papers.order_by("pk"):
        name = f"documenti/{paper.file.uuid}/{paper.sha256[:16]}.{_EXTENSIONS[paper.mime]}"
        with default_storage.open(paper.stored) as kept:
            manifest[name] = _put(package, name, kept.read())
    told = {"campagna": campaign.name, "copione_sha256": campaign.script.sha256, "report": campaign.report, "sha256": manifest}  # fmt: skip
    _put(package, "manifest.json", json.dumps(told, ensure_ascii=False, indent=1).encode())


def _put(package: zipfile.ZipFile, name: str, content: bytes) -> str:
    entry = zipfile.ZipInfo(name, _BORN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    package.writestr(entry, content)
    return hashlib.sha256(content).hexdigest()


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(ROME):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _close_paid(campaign: PhoneCampaign, at: datetime, today: date) -> None:
    for pk in list(campaign.files.filter(state=FileState.OPEN.value).values_list("pk", flat=True)):
        with transaction.atomic():
            file = lock_row(PhoneFile, pk)
            if file.state == FileState.OPEN.value and owed_by(file).residual_cents <= 0:
                state, reason = ending_now(file, on=today)
                end_file(file, state=state, reason=reason, actor=SYSTEM, at=at)


def _drop_promises(file: PhoneFile, at: datetime) -> None:
    """What was promised stays written; the pause it brought ends with its own day."""
    waiting = file.promises.filter(state=PhonePromise.State.PENDING)
    for promise in waiting:
        lift_holds(hold_ids=promise.hold_ids, at=at)
