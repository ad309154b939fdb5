"""Chapter 6 – the plain receipt: one statement keeps the message, books its money, keeps the receipt and tells it.

Before: ``receipts`` has one in hand that is not odd in itself.  After: done, or nothing at all was written and
``receipts`` takes the long road: the notice is unknown, withdrawn, replaced, paid, asks for another amount, or a flow
or a credit of the treasurer waits for this receipt. One that has come before is kept raw again and changes nothing.
"""

import hashlib
from datetime import date, datetime
from typing import Any, NamedTuple

from billing.services.booking_statement import BOOKING, PLAIN_NOTICE, RESULT
from billing.services.collections import Booked, Received, booking_parameters
from pagopa.labels import Finding
from pagopa.services.freshness import OFTEN_ENOUGH, SOURCE
from pagopa.services.receipt_rows import SAME
from paybox.kernel.actor import PAGOPA
from paybox.kernel.clock import ROME
from paybox.kernel.prepared import Statement

_KNOWN = """
known AS (
    SELECT id, {same} FROM {schema}.pagopa_receipt
    WHERE id_pa = %(id_pa)s::text AND receipt_id = %(reference)s::text
)""".replace("{same}", ", ".join(SAME))
# The wait is told first of all: a question without a row of its own is asked before any row is looked at.
_ALSO = """(SELECT set_config('lock_timeout', %(patience)s::text, TRUE)) IS NOT NULL
      AND NOT EXISTS (SELECT FROM known)
      AND NOT EXISTS (SELECT FROM {schema}.pagopa_flowrow
          WHERE iuv = %(iuv)s::text AND receipt_id IS NULL
              AND (iur = %(reference)s::text OR amount_cents = %(amount_cents)s::bigint))
      AND NOT EXISTS (SELECT FROM {schema}.pagopa_treasurycredit
          WHERE label = 'IUV_TES' AND strpos(upper(replace(causale, ' ', '')), upper(%(iuv)s::text)) > 0)"""
_MESSAGE = """
message AS (
    INSERT INTO {schema}.kernel_rawmessage (uuid, kind, received_at, sha256, body, headers)
    SELECT gen_random_uuid(), %(kind)s::text, %(at)s::timestamptz, %(sha256)s::text, %(body)s::bytea, '{}'
    WHERE EXISTS (SELECT FROM known) OR EXISTS (SELECT FROM split)
    RETURNING id
)"""
_KEPT = """
kept AS (
    INSERT INTO {schema}.pagopa_receipt (receipt_id, id_pa, notice_number, iuv, amount_cents, psp_id, psp_name,
        payment_method, fee_cents, paid_at, applied_on, transferred_on, stand_in, finding, collection_id,
        raw_message_id, received_at)
    SELECT %(reference)s::text, %(id_pa)s::text, %(notice)s::text, %(iuv)s::text, %(amount_cents)s::bigint,
        %(psp_id)s::text, %(psp_name)s::text, %(payment_method)s::text, %(fee_cents)s::bigint, %(paid_at)s::timestamptz,
        %(applied_on)s::date, %(transferred_on)s::date, FALSE, %(finding)s::text, booked.id, message.id,
        %(at)s::timestamptz
    FROM booked, message
    RETURNING id
), fresh AS (
    INSERT INTO {schema}.billing_sourcefreshness (source, complete_until)
    SELECT %(source)s::text, %(at)s::timestamptz FROM booked
    WHERE NOT EXISTS (SELECT FROM {schema}.billing_sourcefreshness
        WHERE source = %(source)s::text AND complete_until > %(stale_at)s::timestamptz)
    ON CONFLICT (source) DO UPDATE SET complete_until = EXCLUDED.complete_until
)"""
_SAID = (
    """
SELECT known.*, message.id, kept.id,
"""
    + RESULT
    + """
FROM (SELECT 1) AS one LEFT JOIN known ON TRUE LEFT JOIN message ON TRUE LEFT JOIN booked b ON TRUE
    LEFT JOIN kept ON TRUE
"""
)
_WITH = (_KNOWN, PLAIN_NOTICE.replace("{also}", _ALSO), _MESSAGE, BOOKING, _KEPT)
TAKE_PLAIN = Statement(
    "receipt", ("WITH" + ",".join(_WITH) + _SAID).replace("{raw}", "(SELECT id FROM message)")
)


class Came(NamedTuple):
    """``booked``: None when it came before; then ``differs`` says whether it says something else now."""

    raw_message_id: int
    receipt_id: int
    booked: Booked | None = None
    differs: bool = False


def take_plain(
    *, fields: dict[str, Any], received: Received, raw: bytes, kind: str, at: datetime,
    schema: str, patience_ms: int,
) -> Came | None:  # fmt: skip
    """None: not plain after all, and nothing was written. ``fields``: see ``receipt_fields``.

    Raises psycopg.Error; LockNotAvailable when somebody holds the credit longer than ``patience_ms``.
    """
    given = parameters(
        fields=fields, received=received, raw=raw, kind=kind, at=at, patience_ms=patience_ms
    )
    said: Any = TAKE_PLAIN.fetch(schema, given)
    return _read(said, [given[name] for name in SAME])


def parameters(
    *, fields: dict[str, Any], received: Received, raw: bytes, kind: str, at: datetime,
    patience_ms: int,
) -> dict[str, Any]:  # fmt: skip
    """Of ``TAKE_PLAIN``, as PostgreSQL reads them."""
    texts = {name: _text(value) for name, value in fields.items()}
    return {
        **texts,
        **booking_parameters(received, at.astimezone(ROME).date(), at, PAGOPA),
        "kind": kind,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "body": raw,
        "finding": Finding.EXPECTED.value,
        "patience": str(patience_ms),
        "source": SOURCE,
        "stale_at": (at - OFTEN_ENOUGH).isoformat(),
    }


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(said: list[bytes | None], same: list[str | None]) -> Came | None:
    known, first, (message, kept, *booked) = said[0], said[1 : len(SAME) + 1], said[len(SAME) + 1 :]
    if known is not None:
        differs = [None if value is None else value.decode() for value in first] != same
        return Came(_int(message), int(known), differs=differs)
    if kept is None:
        return None
    collection, position, allotted, excess, settled = booked
    news = Booked(
        _int(collection), True, _int(position), _int(allotted), _int(excess), settled == b"t"
    )
    return Came(_int(message), int(kept), news)


def _int(value: bytes | None) -> int:
    return int(value or 0)
