"""Chapter 6 – odd receipts: each oddity told to the position and kept until an officer has settled it.

Before: ``receipts`` has booked the money.  After: the queue of ``selectors/anomalies``. Settling moves no money: it
says that somebody has seen to it, who and why; it can be taken back.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import TimelineEntry
from billing.services.timeline import tell
from pagopa.models import Receipt, ReceiptAnomaly
from pagopa.rules.oddities import Oddity
from paybox.kernel.actor import PAGOPA, SYSTEM, Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused

NOTHING_TO_DO = "Solo per conoscenza: nessuna azione richiesta"


class AnomalyRefused(Refused):
    """It cannot be settled, or taken back, as asked."""


def open_anomalies(*, receipt: Receipt, oddities: Iterable[Oddity], at: datetime) -> None:
    """Keep each oddity of a receipt just taken, and tell its position. What needs nobody is born settled."""
    for oddity in oddities:
        _open(oddity, receipt, receipt.raw_message_id, at)
        if oddity.needs_person and receipt.collection.position_id is not None:
            tell(
                position_ids=[receipt.collection.position_id],
                kind=TimelineEntry.Kind.NOTE,
                at=at,
                actor=PAGOPA,
                reference=receipt.receipt_id,
                oddity=oddity.value,
                text=oddity.words,
            )


def open_different_copy(
    *, receipt: Receipt, raw_message_id: int, fields: list[str], at: datetime
) -> None:
    """The same receipt has come again with something else in it: the first counts."""
    _open(Oddity.DIFFERENT_COPY, receipt, raw_message_id, at, fields=fields)


def open_not_taken(*, raw_message_id: int, why: str, at: datetime) -> None:
    """A message that should be a receipt and was kept raw only."""
    _open(Oddity.NOT_TAKEN, None, raw_message_id, at, why=why)


def open_gone_from_flow(
    *, raw_message_id: int, why: str, collection_ids: list[int], at: datetime
) -> None:
    """Money booked on the word of a flow, whose later revision (``raw_message_id``) no longer says it."""
    _open(Oddity.GONE_FROM_FLOW, None, raw_message_id, at, why=why, collections=collection_ids)


def _open(
    oddity: Oddity, receipt: Receipt | None, raw_id: int, at: datetime, **details: Any
) -> None:
    done = {} if oddity.needs_person else _settled(SYSTEM, NOTHING_TO_DO, at)
    ReceiptAnomaly.objects.create(
        oddity=oddity.value, receipt=receipt, raw_message_id=raw_id, details=details,
        opened_at=at, **done,
    )  # fmt: skip


def _settled(actor: Actor, reason: str, at: datetime) -> dict[str, Any]:
    return {"settled_at": at, "settled_by": actor.name, "reason": reason}


@transaction.atomic
def settle_anomaly(*, anomaly_id: int, reason: str, actor: Actor, at: datetime) -> ReceiptAnomaly:
    """Somebody has seen to it. Raises AnomalyRefused without a reason, or when it is settled already."""
    anomaly = _locked(anomaly_id, reason)
    if anomaly.settled_at is not None:
        raise AnomalyRefused("Questa segnalazione è già stata chiusa")
    return _change(anomaly, "settled", reason.strip(), actor, at, settled_at=at)


@transaction.atomic
def reopen_anomaly(*, anomaly_id: int, reason: str, actor: Actor, at: datetime) -> ReceiptAnomaly:
    """It was settled by mistake: back into the queue. Raises AnomalyRefused when it is there already."""
    anomaly = _locked(anomaly_id, reason)
    if anomaly.settled_at is None:
        raise AnomalyRefused("Questa segnalazione è già aperta")
    return _change(anomaly, "reopened", reason.strip(), actor, at, settled_at=None)


def _locked(anomaly_id: int, reason: str) -> ReceiptAnomaly:
    if not reason.strip():
        raise AnomalyRefused("Scrivere il motivo")
    return lock_row(ReceiptAnomaly, anomaly_id)


def _change(
    anomaly: ReceiptAnomaly, verb: str, reason: str, actor: Actor, at: datetime, *,
    settled_at: datetime | None,
) -> ReceiptAnomaly:  # fmt: skip
    anomaly.settled_at = settled_at
    anomaly.settled_by, anomaly.reason = (actor.name, reason) if settled_at else ("", "")
    anomaly.save(update_fields=["settled_at", "settled_by", "reason"])
    record_audit(
        action=f"pagopa.anomaly.{verb}", actor=actor, at=at,
        subject=f"anomaly:{anomaly.pk}", oddity=anomaly.oddity, reason=reason,
    )  # fmt: skip
    return anomaly
