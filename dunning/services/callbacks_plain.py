"""Chapter 9 – plain news: what most callbacks say – sent, delivered – of a message that we know as taken, in one statement.

Before: ``inbound/twilio``, signature verified.  After: the message kept raw, its event, and attempt, item, step and
timelines advanced by their rank, never back. Whatever is not plain – a failure, news before our own record, an attempt we
do not know – changes nothing here and is read by ``callbacks``.
"""

import hashlib
import json
from datetime import datetime

from billing.models import TimelineEntry
from dunning.channels.sms_callbacks import DeliveryReport
from dunning.rules.delivery import DeliveryStatus
from dunning.services.outcomes import SENDER
from paybox.kernel.clock import ROME
from paybox.kernel.prepared import Statement

_PLAIN = (DeliveryStatus.ACCETTATO, DeliveryStatus.INVIATO, DeliveryStatus.CONSEGNATO)

# In the order of ``rules.delivery``; the attempt is locked, so that two callbacks of one message come one after the other.
_TAKE = Statement(
    "plain_callback",
    """
WITH attempt AS MATERIALIZED (
    SELECT a.id, a.uuid, a.item_id, a.try_number, a.channel,
        array_position(ARRAY['ACCETTATO', 'INVIATO', 'CONSEGNATO'], a.state)
            < array_position(ARRAY['ACCETTATO', 'INVIATO', 'CONSEGNATO'], %(status)s::text) AS moves
    FROM {schema}.dunning_attempt a
    WHERE a.uuid = %(attempt)s::uuid AND a.provider_ref = %(ref)s::text
      AND a.state IN ('ACCETTATO', 'INVIATO', 'CONSEGNATO')
      AND EXISTS (SELECT FROM public.tenants_ente e WHERE e.schema_name = %(schema)s::text AND e.is_active)
    FOR UPDATE OF a
), raw AS (
    INSERT INTO {schema}.kernel_rawmessage (uuid, kind, received_at, sha256, body, headers)
    SELECT gen_random_uuid(), %(kind)s::text, %(at)s::timestamptz, %(sha256)s::text, %(body)s::bytea, %(headers)s::jsonb
    FROM attempt RETURNING id
), event AS (
    INSERT INTO {schema}.dunning_deliveryevent (attempt_id, at, status, error_code, raw_message_id)
    SELECT attempt.id, %(at)s::timestamptz, %(status)s::text, '', raw.id FROM attempt, raw
), moved AS (
    UPDATE {schema}.dunning_attempt a SET state = %(status)s::text, error_code = '', error_words = '', leased_until = NULL,
        ended_at = CASE WHEN %(status)s::text = 'CONSEGNATO' THEN COALESCE(a.ended_at, %(at)s::timestamptz) ELSE a.ended_at END
    FROM attempt WHERE a.id = attempt.id AND attempt.moves
    RETURNING a.item_id, a.uuid, a.channel, a.try_number
), item AS (
    UPDATE {schema}.dunning_waveitem i SET updated_at = %(at)s::timestamptz, reason = '',
        state = CASE WHEN %(status)s::text = 'CONSEGNATO' THEN 'RAGGIUNTO' ELSE 'INVIATO' END
    FROM moved WHERE i.id = moved.item_id
      AND NOT EXISTS (SELECT FROM {schema}.dunning_attempt n WHERE n.item_id = i.id AND n.try_number > moved.try_number)
), step AS (
    UPDATE {schema}.dunning_steptaken s SET delivered_on = %(on)s::date
    FROM moved WHERE s.item_id = moved.item_id AND s.delivered_on IS NULL AND %(status)s::text = 'CONSEGNATO'
), told AS (
    INSERT INTO {schema}.billing_timelineentry (position_id, kind, at, actor_name, reference, details)
    SELECT p.id::bigint, %(fact)s::text, %(at)s::timestamptz, %(actor)s::text, moved.uuid::text,
        jsonb_build_object('channel', moved.channel)
    FROM moved JOIN {schema}.dunning_waveitem i ON i.id = moved.item_id, jsonb_array_elements_text(i.position_ids) p (id)
    WHERE %(status)s::text = 'CONSEGNATO'
)
SELECT id FROM attempt
""",
)


def take_plain_report(
    *, schema: str, report: DeliveryReport, kind: str, body: bytes, headers: dict[str, str], at: datetime
) -> bool:  # fmt: skip
    """Keep and follow it, outside any transaction. False when it is not plain: nothing was written. Raises psycopg.Error."""
    if report.status not in _PLAIN or report.error_code or report.attempt_id is None:
        return False
    found = _TAKE.fetch(
        schema,
        {
            "schema": schema,
            "attempt": str(report.attempt_id),
            "ref": report.provider_ref,
            "status": report.status.value,
            "kind": kind,
            "at": at.isoformat(),
            "on": at.astimezone(ROME).date().isoformat(),
            "sha256": hashlib.sha256(body).hexdigest(),
            "body": body,
            "headers": json.dumps(headers),
            "fact": TimelineEntry.Kind.DELIVERED.value,
            "actor": SENDER.name,
        },
    )
    return found is not None
