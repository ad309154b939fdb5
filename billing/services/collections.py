"""Chapter 7 – collections: money that has arrived, allotted to what is owed.

Before: pagopa/inbound, bank and desk channels.  After: reconciliation, dunning (pull).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from billing.events import collection_recorded, excess_found, position_settled
from billing.models import Collection, LedgerTotal
from billing.services.actualisation import actualise
from billing.services.excesses import attribute_to_replacement
from paybox.kernel.actor import Actor
from paybox.kernel.problems import Refused


class CollectionRefused(Refused):
    """The amount or reference cannot be booked as given; nothing was written."""


@dataclass(frozen=True, slots=True)
class Received:
    """Money as a channel reports it: ``reference`` is unique in its channel, ``amount_cents`` > 0."""

    channel: str
    reference: str
    amount_cents: int
    notice_number: str
    paid_at: datetime
    payer: str = ""
    raw_message_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Booked:
    """What came of it. ``new`` is False for a replay; ``position_id`` is None when nothing is known of the notice."""

    collection_id: int
    new: bool
    position_id: int | None
    allotted_cents: int
    excess_cents: int
    settled: bool
    actualised: bool = False  # the amount was due when it was paid, though not printed


# One statement: lock the position, insert the collection once, allot, move the money, cache the states, tell it.
# Rules mirrored from billing/states.py; verify_ledger proves that they agree.
_BOOK = """
WITH notice AS (
    SELECT position_id, number, amount_cents FROM billing_instalment WHERE notice_number = %(notice)s
), owed AS (
    SELECT p.id, p.service_id, p.residual_cents, p.total_cents, p.state, %(as_paid)s OR s.amount_rules = '[]'
        OR LEAST(p.residual_cents, (SELECT amount_cents FROM notice)) = %(amount)s AS as_asked
    FROM billing_position p JOIN billing_service s ON s.id = p.service_id
    WHERE p.id = (SELECT position_id FROM notice) FOR UPDATE OF p
), split AS (
    SELECT owed.id AS position_id, owed.service_id,
           LEAST(COALESCE(owed.residual_cents, 0), %(amount)s) AS allotted, owed.as_asked
    FROM (SELECT 1) AS one LEFT JOIN owed ON TRUE
), booked AS (
    INSERT INTO billing_collection (uuid, channel, reference, amount_cents, allotted_cents, excess_cents,
        position_id, instalment_number, notice_number, payer, paid_at, booked_on, created_at, details, raw_message_id)
    SELECT %(uuid)s, %(channel)s, %(reference)s, %(amount)s, split.allotted, %(amount)s - split.allotted,
        split.position_id, (SELECT number FROM notice), %(notice)s, %(payer)s, %(paid_at)s, %(booked_on)s,
        %(at)s, %(details)s, %(raw)s
    FROM split WHERE split.as_asked IS NOT FALSE
    ON CONFLICT (channel, reference) DO NOTHING
    RETURNING id, position_id, allotted_cents, excess_cents, instalment_number
), moved AS (
    INSERT INTO billing_transfer (uuid, kind, debit, credit, amount_cents, position_id, collection_id, cause,
        booked_on, created_at)
    SELECT %(uuid_allotted)s::uuid, 'INCASSO', 'INCASSI', 'CREDITI', allotted_cents, position_id, id, %(reference)s,
        %(booked_on)s::date, %(at)s::timestamptz FROM booked WHERE allotted_cents > 0
    UNION ALL
    SELECT %(uuid_excess)s::uuid, 'ECCEDENZA', 'INCASSI', 'ECCEDENZE', excess_cents, position_id, id, %(reference)s,
        %(booked_on)s::date, %(at)s::timestamptz FROM booked WHERE excess_cents > 0
    RETURNING kind, amount_cents
), counted AS (
    INSERT INTO billing_ledgertotal (service_id, kind, slot, amount_cents, transfers)
    SELECT split.service_id, moved.kind, COALESCE(split.position_id, 0) %% %(slots)s, moved.amount_cents, 1
    FROM moved CROSS JOIN split
    ON CONFLICT (service_id, kind, slot) DO UPDATE
    SET amount_cents = billing_ledgertotal.amount_cents + EXCLUDED.amount_cents,
        transfers = billing_ledgertotal.transfers + EXCLUDED.transfers
), siblings AS (
    UPDATE billing_instalment i SET
        paid_at = CASE WHEN i.number = b.instalment_number THEN COALESCE(i.paid_at, %(paid_at)s) ELSE i.paid_at END,
        state = CASE
            WHEN i.number = b.instalment_number OR i.state = 'PAGATA' THEN 'PAGATA'
            WHEN i.state <> 'PAGABILE' THEN i.state
            WHEN owed.residual_cents = b.allotted_cents OR (i.number = 0) <> (b.instalment_number = 0) THEN 'CHIUSA'
            ELSE i.state END
    FROM booked b, owed WHERE i.position_id = b.position_id
), cached AS (
    UPDATE billing_position p SET
        residual_cents = p.residual_cents - b.allotted_cents,
        state = CASE
            WHEN p.state = 'ANNULLATA' THEN p.state
            WHEN p.residual_cents = b.allotted_cents THEN 'PAGATA'
            WHEN p.residual_cents - b.allotted_cents < p.total_cents THEN 'PARZIALE'
            ELSE p.state END,
        next_due_on = COALESCE((SELECT min(i.due_on) FROM billing_instalment i
            WHERE i.position_id = p.id AND i.state = 'PAGABILE' AND i.number <> b.instalment_number
              AND (i.number = 0) = (b.instalment_number = 0)), p.next_due_on),
        paid_at = CASE WHEN p.state <> 'ANNULLATA' AND p.residual_cents = b.allotted_cents
            THEN COALESCE(p.paid_at, %(paid_at)s) ELSE p.paid_at END
    FROM booked b WHERE p.id = b.position_id
    RETURNING p.state
), told AS (
    INSERT INTO billing_timelineentry (position_id, kind, at, actor_name, reference, details)
    SELECT position_id, CASE WHEN allotted_cents > 0 THEN 'PAGATA' ELSE 'ECCEDENZA' END, %(paid_at)s,
        %(actor)s, %(reference)s, %(told)s
    FROM booked WHERE position_id IS NOT NULL
)
SELECT b.id, b.position_id, b.allotted_cents, b.excess_cents,
    (b.allotted_cents > 0 AND (SELECT state FROM cached) = 'PAGATA')
FROM booked b
"""


@transaction.atomic
def record_collection(*, received: Received, booked_on: date, at: datetime, actor: Actor) -> Booked:
    """Book one payment once and allot it.

    A second call with the same channel and reference returns the first collection unchanged. What exceeds the
    residual is kept as excess, never lost; so is money for a notice we do not know.
    Raises CollectionRefused. Source: Codice civile art. 1193–1194 (order of allotment).
    """
    if received.amount_cents <= 0 or not received.reference:
        raise CollectionRefused("Un incasso vuole un riferimento e un importo maggiore di zero")
    parameters = _parameters(received, booked_on, at, actor)
    row, actualised = _execute(parameters), False
    if row is None and not _of_reference(received).exists():
        actualised = actualise(
            notice_number=received.notice_number, paid_cents=received.amount_cents,
            paid_at=received.paid_at, at=at, actor=actor,
        )  # fmt: skip
        row = _execute(parameters | {"as_paid": True})
    if row is None:
        return _replayed(received)
    booked = Booked(row[0], True, row[1], row[2], row[3], bool(row[4]), actualised)
    _announce(booked, at)
    if booked.excess_cents and booked.position_id is not None:
        attribute_to_replacement(collection_id=booked.collection_id, actor=actor, at=at)
    return booked


def _execute(parameters: dict[str, Any]) -> Any:
    """The row of the collection; None when there was one already, or the amount is not what was printed."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, parameters)
        return cursor.fetchone()


def _parameters(received: Received, booked_on: date, at: datetime, actor: Actor) -> dict[str, Any]:
    return {
        "notice": received.notice_number,
        "amount": received.amount_cents,
        "uuid": uuid4(),
        "uuid_allotted": uuid4(),
        "uuid_excess": uuid4(),
        "channel": received.channel,
        "reference": received.reference,
        "payer": received.payer,
        "paid_at": received.paid_at,
        "booked_on": booked_on,
        "at": at,
        "details": Jsonb(received.details),
        "raw": received.raw_message_id,
        "slots": LedgerTotal.SLOTS,
        "actor": actor.name,
        "as_paid": False,
        "told": Jsonb(_told(received)),
    }


def _told(received: Received) -> dict[str, Any]:
    """What the timeline says of it: the payment, not who made it."""
    said = {key: value for key, value in received.details.items() if not key.startswith("payer")}
    return {"amount_cents": received.amount_cents, "channel": received.channel, **said}


def _replayed(received: Received) -> Booked:
    first = _of_reference(received).get()
    return Booked(
        first.pk, False, first.position_id, first.allotted_cents, first.excess_cents, False
    )


def _of_reference(received: Received) -> "QuerySet[Collection]":
    return Collection.objects.filter(channel=received.channel, reference=received.reference)


def _announce(booked: Booked, at: datetime) -> None:
    collection_recorded.send(
        sender=Collection, collection_id=booked.collection_id, position_id=booked.position_id, at=at
    )
    if booked.excess_cents:
        excess_found.send(
            sender=Collection,
            collection_id=booked.collection_id,
            excess_cents=booked.excess_cents,
            at=at,
        )
    if booked.settled:
        position_settled.send(sender=Collection, position_id=booked.position_id, at=at)
