"""Chapter 8 – reconciliation: receipt ↔ row of a flow ↔ credit of the treasurer, in whatever order they come.

Before: receipts, collections.  After: books by chapter; what does not match waits in a queue with a name.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from pagopa.models import Flow
from pagopa.services.flow_matching import tell_reconciled
from pagopa.services.flow_revision import booked_on_its_word, open_gone
from pagopa.services.flow_rows import store_rows
from pagopa.services.freshness import note_freshness
from pagopa.services.row_repairs import settle_rows
from pagopa.services.treasury_matching import label_again, label_singles_again
from pagopa.services.treasury_taking import TakenTreasury, take_movements
from pagopa.wire.flow_file import FlowFile, FlowFileRefused
from pagopa.wire.flow_xml import open_flow
from pagopa.wire.treasury_file import read_treasury
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_name
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


def take_flow(*, raw: bytes, at: datetime) -> TakenFlow:
    """Keep, read and match a reporting flow of the current Ente. The same or an older one changes nothing.

    Raises FlowFileRefused (the bytes are kept all the same).
    """
    message = store_raw(kind="pagopa.flow", body=raw, at=at)
    return take_read_flow(file=open_flow(raw), raw_id=message.pk, at=at)


@transaction.atomic
def take_read_flow(*, file: FlowFile, raw_id: int, at: datetime) -> TakenFlow:
    """A flow already kept and read, whatever road it came by. Raises FlowFileRefused if it is another Ente's."""
    ente = ente_of_schema(current_schema())
    if ente is None or file.receiver != ente.codice_fiscale:
        raise FlowFileRefused("Il flusso è destinato a un altro Ente")
    lock_name(
        f"flusso {file.psp_id} {file.identifier}"
    )  # new, it has no row: two at once would both write it
    same = Flow.objects.filter(psp_id=file.psp_id, identifier=file.identifier)
    known = same.select_for_update().first()
    if known is not None and not _is_newer(file, known):
        return _taken(known, new=False)
    booked = booked_on_its_word(known) if known else []
    flow = _write_flow(known or Flow(), file, raw_id, at)
    store_rows(flow=flow, lines=file.lines)
    settle_rows(flow=flow, at=at)
    tell_reconciled(flow=flow, at=at)
    open_gone(flow=flow, collection_ids=booked, at=at)
    label_again(flow)
    label_singles_again()
    note_freshness(at=at)
    return _taken(flow, new=True)


def _is_newer(file: FlowFile, known: Flow) -> bool:
    """One road counts the revisions of a flow, the other only says when it was made."""
    return file.revision > known.revision or file.flow_at > known.flow_at


def _write_flow(flow: Flow, file: FlowFile, raw_id: int, at: datetime) -> Flow:
    flow.identifier, flow.psp_id, flow.flow_at = file.identifier, file.psp_id, file.flow_at
    flow.regulation, flow.regulation_on = file.regulation, file.regulation_on
    flow.total_cents, flow.payments = file.total_cents, file.payments
    flow.raw_message_id, flow.received_at = raw_id, at
    flow.revision = max(flow.revision, file.revision)
    flow.save()
    return flow


def _taken(flow: Flow, *, new: bool) -> TakenFlow:
    rows = flow.rows.order_by().values_list("label")
    labels = dict(rows.annotate(count=Count("pk")))
    return TakenFlow(flow.pk, new, flow.payments, flow.total_cents, labels)


def take_treasury(*, raw: bytes, filename: str, at: datetime) -> TakenTreasury:
    """Keep, read and match what the treasurer sent. A movement that is there is left alone.

    Raises TreasuryFileRefused (the bytes are kept all the same).
    """
    message = store_raw(kind="pagopa.treasury", body=raw, at=at, headers={"filename": filename})
    ente = ente_of_schema(current_schema())
    found = read_treasury(raw, filename, ente=ente.codice_fiscale if ente else "")
    return take_movements(found=found, raw_id=message.pk, at=at)
