"""Chapter 7 – collections: money that has arrived, allotted to what is owed.

Before: pagopa/inbound, bank and desk channels.  After: reconciliation, dunning (pull).
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from billing.events import collection_recorded, excess_found, position_settled
from billing.models import Collection, LedgerTotal
from billing.services.actualisation import actualise
from billing.services.booking_statement import ANY_NOTICE, BOOKING, RESULT
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


_BOOK = " ".join(("WITH", ANY_NOTICE, ",", BOOKING, "SELECT", RESULT, "FROM booked b"))
# Here the search_path says whose tables they are.
_HERE = _BOOK.replace("{schema}.", "").replace("{raw}", "%(raw)s::bigint")


@transaction.atomic
def record_collection(*, received: Received, booked_on: date, at: datetime, actor: Actor) -> Booked:
    """Book one payment once and allot it.

    A second call with the same channel and reference returns the first collection unchanged. What exceeds the
    residual is kept as excess, never lost; so is money for a notice we do not know.
    Raises CollectionRefused. Source: Codice civile art. 1193–1194 (order of allotment).
    """
    if received.amount_cents <= 0 or not received.reference:
        raise CollectionRefused("Un incasso vuole un riferimento e un importo maggiore di zero")
    raw = {"raw": received.raw_message_id}
    parameters = raw | booking_parameters(received, booked_on, at, actor)
    row, actualised = _execute(parameters | {"as_paid": False}), False
    if row is None and not _of_reference(received).exists():
        actualised = actualise(
            notice_number=received.notice_number, paid_cents=received.amount_cents,
            paid_at=received.paid_at, at=at, actor=actor,
        )  # fmt: skip
        row = _execute(parameters | {"as_paid": True})
    if row is None:
        return _replayed(received)
    booked = Booked(row[0], True, row[1], row[2], row[3], bool(row[4]), actualised)
    announce_collection(booked, at)
    if booked.excess_cents and booked.position_id is not None:
        attribute_to_replacement(collection_id=booked.collection_id, actor=actor, at=at)
    return booked


def _execute(parameters: dict[str, Any]) -> Any:
    """The row of the collection; None when there was one already, or the amount is not what was printed."""
    with connection.cursor() as cursor:
        cursor.execute(_HERE, parameters)
        return cursor.fetchone()


def booking_parameters(
    received: Received, booked_on: date, at: datetime, actor: Actor
) -> dict[str, Any]:
    """The parameters of ``booking_statement``, as PostgreSQL reads them."""
    return {
        "notice": received.notice_number,
        "amount": str(received.amount_cents),
        "channel": received.channel,
        "reference": received.reference,
        "payer": received.payer,
        "paid_at": received.paid_at.isoformat(),
        "booked_on": booked_on.isoformat(),
        "at": at.isoformat(),
        "details": json.dumps(received.details),
        "slots": str(LedgerTotal.SLOTS),
        "actor": actor.name,
        "told": json.dumps(_told(received)),
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


def has_followers() -> bool:
    """Whether anybody would hear of a booking, in its transaction."""
    return any(one.receivers for one in (collection_recorded, excess_found, position_settled))


def announce_collection(booked: Booked, at: datetime) -> None:
    """Send the signals of a booking; its receivers work in the transaction they are sent in."""
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
