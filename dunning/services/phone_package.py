"""Chapter 9e – telephone: the package of the hand-back, one ZIP: the report, files, contacts, promises, documents, manifest.

Before: ``phone_handback`` has ended the campaign.  After: the body downloads it. Made again it is the same, byte by byte.
"""

import csv
import hashlib
import io
import json
import tempfile
import zipfile

from django.core.files.base import File
from django.core.files.storage import default_storage

from dunning.models import PhoneCampaign, PhoneDocument
from dunning.selectors.phone_report import (
    CALL_COLUMNS,
    FILE_COLUMNS,
    PROMISE_COLUMNS,
    call_rows,
    file_rows,
    promise_rows,
)
from dunning.selectors.phone_report_pdf import report_pdf
from paybox.kernel.queue import current_schema
from paybox.kernel.sheets import Rows, csv_cell, write_workbook
from tenants.models import Ente

PACKAGE = "dunning.make_phone_package"
_REPORT, _BOOK = "rapporto.pdf", "riconsegna.xlsx"
_BORN = (1980, 1, 1, 0, 0, 0)  # of every entry of the ZIP
_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def make_phone_package(*, campaign_id: int, ente: Ente) -> None:
    """The ZIP of a campaign that ended, with its checksum."""
    campaign = PhoneCampaign.objects.select_related("service", "script").get(pk=campaign_id)
    if campaign.state != PhoneCampaign.State.CLOSED or campaign.package:
        return
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            _fill(package, campaign, ente)
        target.seek(0)
        digest = hashlib.file_digest(target, "sha256").hexdigest()
        target.seek(0)
        path = f"{current_schema()}/telefono/{campaign.uuid}/riconsegna.zip"
        campaign.package, campaign.package_sha256 = default_storage.save(path, File(target)), digest
    campaign.save(update_fields=["package", "package_sha256"])


def _fill(package: zipfile.ZipFile, campaign: PhoneCampaign, ente: Ente) -> None:
    lists: dict[str, Rows] = {
        "pratiche": [FILE_COLUMNS, *file_rows(campaign)],
        "contatti": [CALL_COLUMNS, *call_rows(campaign)],
        "promesse": [PROMISE_COLUMNS, *promise_rows(campaign)],
    }
    manifest = {_REPORT: _put(package, _REPORT, report_pdf(campaign, ente=ente))}
    manifest[_BOOK] = _put(package, _BOOK, _workbook(lists))
    for name, rows in lists.items():
        manifest[f"{name}.csv"] = _put(package, f"{name}.csv", _csv(rows))
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


def _workbook(lists: dict[str, Rows]) -> bytes:
    target = io.BytesIO()
    write_workbook(target, {name.capitalize(): rows for name, rows in lists.items()})
    return target.getvalue()


def _csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
