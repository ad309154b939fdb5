"""The facts of a wave that are never written again, as a seal reads them, and which waves have new ones.

Before: messages, what providers, post and platforms said.  After: ``services/sealing`` closes them, ``wave_proof`` reads
them again. In the order and with the words of ``rules/wave_seal``.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from dunning.channels.leaving_files import LAST
from dunning.rules.wave_seal import Fact, FactKind

ROWS = 5_000
# The request that names a message's documents is known after they were uploaded: it is not of the message's own line.
_FACTS = """
WITH told AS MATERIALIZED (
    SELECT a.id, a.item_id, a.created_at, a.uuid, a.try_number, a.channel, a.address, a.body_sha256, a.attachment_sha256
    FROM dunning_waveitem i JOIN dunning_attempt a ON a.item_id = i.id WHERE i.wave_id = %(wave)s
), posted AS (SELECT l.id, l.attempt_id FROM told t JOIN dunning_letter l ON l.attempt_id = t.id)
SELECT kind, at, id, parent, words FROM (
    SELECT 1 AS kind, t.created_at AS at, t.id, t.item_id AS parent,
        ARRAY[t.uuid::text, t.try_number::text, t.channel, encode(sha256(convert_to(t.address, 'UTF8')), 'hex'),
            t.body_sha256, t.attachment_sha256]
        || ARRAY(SELECT f.sha256 FROM dunning_sentfile f WHERE f.attempt_id = t.id AND f.place < %(request)s ORDER BY f.place)
        AS words
    FROM told t
  UNION ALL
    SELECT 2, e.at, e.id, t.id, ARRAY[e.status, e.error_code, COALESCE(r.sha256, '')]
    FROM told t JOIN dunning_deliveryevent e ON e.attempt_id = t.id
    LEFT JOIN kernel_rawmessage r ON r.id = e.raw_message_id
  UNION ALL
    SELECT 3, e.at, e.id, l.attempt_id,
        ARRAY[e.outcome, e.code, to_char(e.happened_on, 'YYYY-MM-DD'), COALESCE(r.sha256, '')]
    FROM posted l JOIN dunning_letterevent e ON e.letter_id = l.id
    LEFT JOIN kernel_rawmessage r ON r.id = e.raw_message_id
  UNION ALL
    SELECT 4, c.at, c.id, l.attempt_id, ARRAY[c.sha256, c.place]
    FROM posted l JOIN dunning_receiptcard c ON c.letter_id = l.id
  UNION ALL
    SELECT 5, m.at, m.id, t.id, ARRAY[m.kind, m.sha256, m.verdict]
    FROM told t JOIN dunning_pecmessage m ON m.attempt_id = t.id
  UNION ALL
    SELECT 6, f.at, f.id, t.id, ARRAY[f.key, f.category, f.sha256]
    FROM told t JOIN dunning_sendnotification n ON n.attempt_id = t.id
    JOIN dunning_sendfact f ON f.notification_id = n.id
) facts
WHERE at >= %(since)s::timestamptz AND at < %(until)s::timestamptz
ORDER BY at, kind, id
"""

_NEWS = """
WITH news AS (
    SELECT id FROM dunning_attempt WHERE created_at >= %(since)s::timestamptz AND created_at < %(until)s::timestamptz
  UNION
    SELECT attempt_id FROM dunning_deliveryevent WHERE at >= %(since)s::timestamptz AND at < %(until)s::timestamptz
  UNION
    SELECT l.attempt_id FROM dunning_letterevent e JOIN dunning_letter l ON l.id = e.letter_id
    WHERE e.at >= %(since)s::timestamptz AND e.at < %(until)s::timestamptz
  UNION
    SELECT l.attempt_id FROM dunning_receiptcard c JOIN dunning_letter l ON l.id = c.letter_id
    WHERE c.at >= %(since)s::timestamptz AND c.at < %(until)s::timestamptz
  UNION
    SELECT attempt_id FROM dunning_pecmessage WHERE at >= %(since)s::timestamptz AND at < %(until)s::timestamptz
  UNION
    SELECT n.attempt_id FROM dunning_sendfact f JOIN dunning_sendnotification n ON n.id = f.notification_id
    WHERE f.at >= %(since)s::timestamptz AND f.at < %(until)s::timestamptz
)
SELECT DISTINCT i.wave_id FROM news JOIN dunning_attempt a ON a.id = news.id JOIN dunning_waveitem i ON i.id = a.item_id
ORDER BY i.wave_id
"""


def sealed_facts(
    wave_id: int, *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Fact]:
    """From ``since`` included to ``until`` excluded; None: no bound. Rows come from a cursor of the server."""
    given = {"wave": wave_id, "request": LAST} | _span(since, until)
    with connection.chunked_cursor() as cursor:
        cursor.execute(_FACTS, given)
        while rows := cursor.fetchmany(ROWS):
            for kind, at, key, parent, words in rows:
                yield Fact(FactKind(kind), at, key, parent, words)


def waves_with_news(*, since: datetime | None, until: datetime) -> list[int]:
    """The waves to which something happened from ``since`` included (None: ever) to ``until`` excluded."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, _span(since, until))
        return [row[0] for row in cursor.fetchall()]


def _span(since: datetime | None, until: datetime | None) -> dict[str, Any]:
    return {"since": since or "-infinity", "until": until or "infinity"}
