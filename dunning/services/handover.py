"""Chapter 10 – hand-over: the file for enforced collection, and the proof that nothing unpaid was forgotten.

Before: notices and reminders without result.  After: whoever collects by force; the file is kept with its checksum.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing.models import Service
from dunning.models import HandOver, HandOverItem, Hold
from dunning.selectors.acts import rules_of
from dunning.selectors.handover import Candidate, Evidence, candidates, evidence_for
from dunning.services.handover_files import dossier_bytes, has_minuta, minuta_bytes, xlsx_bytes
from dunning.services.refusals import WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.bulk import copy_rows
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.money import format_euro
from paybox.kernel.queue import current_schema

HEADER = [
    "riferimento",
    "codice_avviso",
    "codice_fiscale",
    "denominazione",
    "indirizzo",
    "cap",
    "comune",
    "provincia",
    "nazione",
    "causale",
    "anno",
    "scadenza",
    "residuo_euro",
    "data_avviso",
    "date_solleciti",
    "date_notifiche",
]
_ITEM_COLUMNS = ["handover_id", "position_id", "included", "reason", "amount_cents"]
_HOLD_COLUMNS = ["subject_id", "position_id", "reason", "note", "since", "actor_name", "created_at"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@transaction.atomic
def hand_over(*, service_id: int, actor: Actor, at: datetime, today: date) -> HandOver:
    """Write the file of what goes and one row for every unpaid position, in or out with its reason.

    From now on the office chases none of what goes, until it comes back. Two hand-overs of one service wait for each
    other. Raises WaveRefused when nothing is unpaid, or nothing may go.
    """
    service = lock_row(Service, service_id)
    found = candidates(service=service, on=today)
    if not found:
        raise WaveRefused("Non ci sono posizioni da pagare per questo tipo di dovuto")
    going = [c for c in found if not c.reason]
    if not going:
        raise WaveRefused(
            "Oggi nessuna posizione può essere consegnata: l'anteprima dice perché, una per una"
        )
    handover = HandOver.objects.create(
        service=service,
        created_at=at,
        actor_name=actor.name,
        included=len(going),
        excluded=len(found) - len(going),
        amount_cents=sum(c.position.residual_cents for c in going),
    )
    _write_files(handover, found, today)
    copy_rows(HandOverItem, _ITEM_COLUMNS, [_item(handover, c) for c in found])
    copy_rows(Hold, _HOLD_COLUMNS, [_hold(handover, c, today) for c in going])
    _trace(handover, actor, at)
    return handover


def _write_files(handover: HandOver, found: Sequence[Candidate], today: date) -> None:
    """The CSV, the sheet, the dossier and, where the collector's codes are known, the *minuta*."""
    going = [c for c in found if not c.reason]
    evidence, rules = evidence_for(service=handover.service), rules_of(handover.service)
    rows = [_row(c, evidence.get(c.position.pk, Evidence())) for c in going]
    handover.file, handover.sha256 = _store(handover, "csv", _file(rows))
    files = {
        "xlsx": xlsx_bytes(HEADER, rows),
        "json": dossier_bytes(going, evidence, [c for c in found if c.reason]),
    }
    if going and has_minuta(rules):
        files["290.txt"] = minuta_bytes(going, rules, on=today)
    stored = {kind: _store(handover, kind, content) for kind, content in files.items()}
    handover.others = [
        {"kind": kind, "path": path, "sha256": sha256} for kind, (path, sha256) in stored.items()
    ]
    handover.save(update_fields=["sha256", "file", "others"])


def _store(handover: HandOver, kind: str, content: bytes) -> tuple[str, str]:
    """Where it is kept, and its checksum."""
    path = f"{current_schema()}/consegne/{handover.uuid}.{kind}"
    return default_storage.save(path, ContentFile(content)), hashlib.sha256(content).hexdigest()


def _item(handover: HandOver, c: Candidate) -> tuple[object, ...]:
    return (handover.pk, c.position.pk, not c.reason, c.reason, c.position.residual_cents)


def _hold(handover: HandOver, c: Candidate, today: date) -> tuple[object, ...]:
    """Whose credit is with the collector is written to by the collector."""
    note = f"Consegna del {today:%d/%m/%Y}"
    position = c.position
    return (
        position.subject_id, position.pk, Hold.Reason.HANDED_OVER.value, note, today, handover.actor_name,
        handover.created_at,
    )  # fmt: skip


def _file(rows: Sequence[Sequence[str]]) -> bytes:
    """CSV for Italian spreadsheets: semicolons, BOM, decimal comma, nothing that counts as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _row(candidate: Candidate, proof: Evidence) -> list[str]:
    position, subject = candidate.position, candidate.position.subject
    noticed = proof.noticed or ([position.noticed_at] if position.noticed_at else [])
    return [
        position.reference,
        proof.notice_number,
        subject.codice_fiscale,
        subject.name,
        f"{subject.street} {subject.civic}".strip(),
        subject.cap,
        subject.city,
        subject.province,
        subject.country,
        position.causale,
        str(position.year),
        f"{position.next_due_on:%d/%m/%Y}",
        format_euro(position.residual_cents),
        _days(noticed[:1]),
        _days(proof.reminded),
        " ".join(f"{act.perfected_on:%d/%m/%Y}" for act in proof.served),
    ]


def _days(instants: Sequence[datetime]) -> str:
    return " ".join(f"{at.astimezone(ROME):%d/%m/%Y}" for at in instants)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _trace(handover: HandOver, actor: Actor, at: datetime) -> None:
    record_audit(
        action="dunning.handover.made",
        actor=actor,
        at=at,
        subject=f"handover:{handover.uuid}",
        included=handover.included,
        excluded=handover.excluded,
        amount_cents=handover.amount_cents,
        sha256=handover.sha256,
    )
