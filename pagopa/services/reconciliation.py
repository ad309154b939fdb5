"""Chapter 8 – reconciliation: receipt ↔ row of a flow ↔ credit of the treasurer, in whatever order they come.

Before: receipts, collections.  After: books by chapter; what does not match waits in a queue with a name.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from pagopa.models import Flow, TreasuryCredit
from pagopa.services.flow_matching import tell_reconciled
from pagopa.services.flow_rows import store_rows
from pagopa.services.freshness import note_freshness
from pagopa.services.treasury_matching import label_again, label_found
from pagopa.wire.flow_file import FlowFile, FlowFileRefused, read_flow
from pagopa.wire.treasury_file import Provvisorio, read_treasury
from paybox.kernel.actor import PAGOPA
from paybox.kernel.audit import record_audit
from paybox.kernel.inbox import store_raw
from paybox.kernel.queue import current_schema
from tenants.selectors.enti import ente_of_schema


@dataclass(frozen=True, slots=True)
class TakenFlow:
    """``new`` False: this flow, or a later one of the same name, was there. ``labels`` counts its rows."""

    flow_id: int
    new: bool
    rows: int
    amount_cents: int
    labels: dict[str, int]


@dataclass(frozen=True, slots=True)
class TakenTreasury:
    """``labels`` counts the new credits; ``already`` those that were there."""

    new: int
    already: int
    amount_cents: int
    labels: dict[str, int]


def take_flow(*, raw: bytes, at: datetime) -> TakenFlow:
    """Keep, read and match a reporting flow of the current Ente. The same or an older one changes nothing.

    Raises FlowFileRefused (the bytes are kept all the same).
    """
    message = store_raw(kind="pagopa.flow", body=raw, at=at)
    file = read_flow(raw)
    ente = ente_of_schema(current_schema())
    if ente is None or file.receiver != ente.codice_fiscale:
        raise FlowFileRefused("Il flusso è destinato a un altro Ente")
    return _take_flow(file, message.pk, at)


@transaction.atomic
def _take_flow(file: FlowFile, raw_id: int, at: datetime) -> TakenFlow:
    same = Flow.objects.filter(psp_id=file.psp_id, identifier=file.identifier)
    known = same.select_for_update().first()
    if known is not None and known.flow_at >= file.flow_at:
        return _taken(known, new=False)
    flow = _write_flow(known or Flow(), file, raw_id, at)
    store_rows(flow=flow, lines=file.lines)
    tell_reconciled(flow=flow, at=at)
    label_again(flow)
    note_freshness(at=at)
    return _taken(flow, new=True)


def _write_flow(flow: Flow, file: FlowFile, raw_id: int, at: datetime) -> Flow:
    flow.identifier, flow.psp_id, flow.flow_at = file.identifier, file.psp_id, file.flow_at
    flow.regulation, flow.regulation_on = file.regulation, file.regulation_on
    flow.total_cents, flow.payments = file.total_cents, len(file.lines)
    flow.raw_message_id, flow.received_at = raw_id, at
    flow.save()
    return flow


def _taken(flow: Flow, *, new: bool) -> TakenFlow:
    rows = flow.rows.order_by().values_list("label")
    labels = dict(rows.annotate(count=Count("pk")))
    return TakenFlow(flow.pk, new, flow.payments, flow.total_cents, labels)


def take_treasury(*, raw: bytes, filename: str, at: datetime) -> TakenTreasury:
    """Keep, read and match what the treasurer sent. A credit that is there is left alone.

    Raises TreasuryFileRefused (the bytes are kept all the same).
    """
    message = store_raw(kind="pagopa.treasury", body=raw, at=at, headers={"filename": filename})
    return _take_treasury(read_treasury(raw, filename), message.pk, at)


@transaction.atomic
def _take_treasury(found: list[Provvisorio], raw_id: int, at: datetime) -> TakenTreasury:
    references = [provvisorio.reference for provvisorio in found]
    known = {c.reference: c for c in TreasuryCredit.objects.filter(reference__in=references)}
    made: list[TreasuryCredit] = []
    for provvisorio in found:
        first = known.get(provvisorio.reference)
        if first is None:
            first = _write_credit(provvisorio, raw_id)
            known[provvisorio.reference] = first
            made.append(first)
        elif first.amount_cents != provvisorio.amount_cents:
            _alarm(first, raw_id, at)
    return TakenTreasury(
        new=len(made),
        already=len(found) - len(made),
        amount_cents=sum(credit.amount_cents for credit in made),
        labels=dict(Counter(str(credit.label) for credit in made)),
    )


def _write_credit(provvisorio: Provvisorio, raw_id: int) -> TreasuryCredit:
    credit = TreasuryCredit(
        reference=provvisorio.reference,
        amount_cents=provvisorio.amount_cents,
        value_on=provvisorio.value_on,
        causale=provvisorio.causale,
        raw_message_id=raw_id,
    )
    label_found(credit)
    return credit


def _alarm(credit: TreasuryCredit, raw_id: int, at: datetime) -> None:
    """The same provvisorio with another amount: the first one counts, and somebody is told."""
    record_audit(
        action="pagopa.treasury.differed",
        actor=PAGOPA,
        at=at,
        subject=f"treasury:{credit.reference}",
        raw_message_id=raw_id,
    )
