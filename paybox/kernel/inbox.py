"""Whatever comes from outside is stored raw before it is understood: so it can be read again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from paybox.kernel.actor import Actor
from paybox.kernel.models import RawMessage

_INSERT = sql.SQL(
    "INSERT INTO {} (uuid, kind, received_at, sha256, body, headers)"
    " VALUES (%s, %s, %s, %s, %b, %s) RETURNING id"
)


def store_raw(
    *, kind: str, body: bytes, at: datetime, headers: dict[str, str] | None = None
) -> RawMessage:
    """Keep the bytes as they came. ``kind`` says where from: ``pagopa.paSendRT``, ``billing.load``."""
    message = RawMessage(
        kind=kind,
        body=body,
        received_at=at,
        headers=headers or {},
        sha256=hashlib.sha256(body).hexdigest(),
    )
    message.pk = _insert(message, body)
    message._state.adding = False
    return message


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of an official as it came; ``raw_id`` is its RawMessage."""

    raw_id: int
    filename: str
    body: bytes


def keep_file(*, kind: str, raw: bytes, filename: str, actor: Actor, at: datetime) -> UUID:
    """To be looked at before it is taken; found again by what is returned."""
    headers = {"filename": filename[:200], "actor": actor.name}
    return store_raw(kind=kind, body=raw, at=at, headers=headers).uuid


def kept_file(*, kind: str, uuid: UUID) -> KeptFile | None:
    """None when there is no such file of that kind."""
    found = RawMessage.objects.filter(uuid=uuid, kind=kind).first()
    if found is None:
        return None
    return KeptFile(found.pk, found.headers["filename"], bytes(found.body))


def _insert(message: RawMessage, body: bytes) -> int:
    """The body travels in binary: written into the statement it would take six times its size."""
    insert = _INSERT.format(sql.Identifier(RawMessage._meta.db_table))
    with connection.cursor(), connection.wrap_database_errors:  # the cursor sets the schema
        cursor = psycopg.Cursor(connection.connection)
        cursor.execute(
            insert,
            [message.uuid, message.kind, message.received_at, message.sha256, body,
             Jsonb(message.headers)],
        )  # fmt: skip
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - RETURNING of one inserted row
    return int(row[0])
