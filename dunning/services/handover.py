"""Chapter 10 – hand-over: the file for enforced collection, and the proof that nothing unpaid was forgotten.

Before: notices and reminders without result.  After: whoever collects by force; the file is kept with its checksum.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing.models import Position, Service
from dunning.models import HandOver, HandOverItem, Hold
from dunning.selectors.acts import rules_of
from dunning.selectors.facts import holds_in_force
from dunning.selectors.handover import Candidate, candidates
from dunning.selectors.handover_evidence import Evidence, evidence_for
from dunning.services.handover_files import dossier_bytes, has_minuta, minuta_bytes, xlsx_bytes
from dunning.services.handover_rows import HEADER, csv_bytes, row_of
from dunning.services.refusals import WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.bulk import copy_rows
from paybox.kernel.locking import lock_name, lock_rows
from paybox.kernel.queue import current_schema

_ITEM_COLUMNS = ["handover_id", "position_id", "included", "reason", "amount_cents"]
_HOLD_COLUMNS = ["subject_id", "position_id", "reason", "note", "since", "actor_name", "created_at"]


@transaction.atomic
def hand_over(*, service_id: int, actor: Actor, at: datetime, today: date) -> HandOver:
    """Write the file of what goes and one row for every unpaid position, in or out with its reason.

    From now on the office chases none of what goes, until it comes back. Two hand-overs of one service wait for each
    other, and no payment waits for them. Raises WaveRefused when nothing is unpaid, nothing may go, or somebody pays meanwhile.
    """
    lock_name(
        f"dunning.handover/{service_id}"
    )  # the row itself would stop every payment of the service
    service = Service.objects.get(pk=service_id)
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
    _check_still_so(going, today)
    copy_rows(HandOverItem, _ITEM_COLUMNS, [_item(handover, c) for c in found])
    copy_rows(Hold, _HOLD_COLUMNS, [_hold(handover, c, today) for c in going])
    _trace(handover, actor, at)
    return handover


def _check_still_so(going: Sequence[Candidate], today: date) -> None:
    """Asked again under lock, once the files are written: nothing paid, changed or held back goes. Raises WaveRefused."""
    owed = {p.pk: p.residual_cents for p in lock_rows(Position, [c.position.pk for c in going])}
    holds = holds_in_force(on=today)
    for c in going:
        same = owed[c.position.pk] == c.position.residual_cents
        if not same or holds.why(c.position.subject_id, c.position.pk):
            raise WaveRefused(
                "Mentre i file si scrivevano dei pagamenti o delle sospensioni hanno cambiato i crediti: ripetere"
            )


def _write_files(handover: HandOver, found: Sequence[Candidate], today: date) -> None:
    """The CSV, the sheet, the dossier and, where the collector's codes are known, the *minuta*."""
    going = [c for c in found if not c.reason]
    evidence, rules = evidence_for(service=handover.service), rules_of(handover.service)
    rows = [row_of(c, evidence.get(c.position.pk, Evidence())) for c in going]
    handover.file, handover.sha256 = _store(handover, "csv", csv_bytes(rows))
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
