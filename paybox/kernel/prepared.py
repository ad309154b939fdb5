"""One statement, prepared once on each connection and run straight through libpq: for what the Node asks all day.

The statement names the schema itself: no search_path to set, no plan to make, no transaction to open, no driver above
libpq; outside a transaction it is one round trip and its own commit. A pooler in transaction mode must keep prepared
statements (PgBouncer 1.21 or later, ``max_prepared_statements``).
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.errors import IntegrityError, LockNotAvailable, QueryCanceled, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

log = logging.getLogger(__name__)

Given = Mapping[str, str | bytes | None]
_NAMED = re.compile(r"%\((\w+)\)s")
# What the server has said of the statement itself: asking again would change nothing.
_ITS_WORD = (IntegrityError, LockNotAvailable, QueryCanceled)
_here = threading.local()
_unheard: "WeakSet[psycopg.Connection[Any]]" = WeakSet()
# Connections of this process, with the names of the statements prepared on them.
_prepared: "WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]" = WeakKeyDictionary()


class Statement:
    """``text`` names its parameters as psycopg does, ``%(name)s`` with a cast, and the Ente's tables ``{schema}.name``."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.names = tuple(dict.fromkeys(_NAMED.findall(text)))
        places = {given: f"${place}" for place, given in enumerate(self.names, start=1)}
        self._text = _NAMED.sub(lambda found: places[found[1]], text).replace("%%", "%")

    def fetch(self, schema: str, given: Given) -> list[bytes | None] | None:
        """The first row as PostgreSQL writes it, or None. Texts go as they are, bytes in binary (``bytea``).

        A connection that has died since the last question is opened again, once. Raises psycopg.Error.
        """
        try:
            return self._fetch(schema, given)
        except _ITS_WORD:
            raise
        except psycopg.Error:
            if connection.in_atomic_block:
                raise
            connection.close()
            return self._fetch(schema, given)

    def send(self, schema: str, given: Given) -> None:
        """Let the server do it while we go on, where ``may_go_on`` says so; elsewhere it is waited for.

        For what nobody's answer hangs on: a refusal is heard afterwards, and only written to the log.
        """
        if connection.in_atomic_block or not getattr(_here, "goes_on", False):
            self.fetch(schema, given)
            return
        raw = _ready()
        raw.pgconn.send_query_prepared(self._prepare(raw, schema), *self._values(given))
        while raw.pgconn.flush():
            pass
        _unheard.add(raw)

    def _fetch(self, schema: str, given: Given) -> list[bytes | None] | None:
        raw = _ready()
        result = raw.pgconn.exec_prepared(self._prepare(raw, schema), *self._values(given))
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)
        if not result.ntuples:
            return None
        return [result.get_value(0, column) for column in range(result.nfields)]

    def _values(self, given: Given) -> tuple[list[Any], list[int]]:
        """As libpq takes them: each value, and whether it is in binary."""
        values = [given[name] for name in self.names]
        return (
            [value.encode() if isinstance(value, str) else value for value in values],
            [isinstance(value, bytes) for value in values],
        )

    def _prepare(self, raw: "psycopg.Connection[Any]", schema: str) -> bytes:
        """The statement's name on this connection, prepared at its first use there."""
        full_name = f"paybox_{self.name}_{schema}".encode()
        names = _prepared.setdefault(raw, set())
        if full_name not in names:
            result = raw.pgconn.prepare(full_name, self._of(schema))
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)
            names.add(full_name)
        return full_name

    def _of(self, schema: str) -> bytes:
        name = sql.Identifier(schema).as_string(None)
        return self._text.replace("{schema}", name).encode()


def _ready() -> "psycopg.Connection[Any]":
    """The connection, with nothing unheard on it and, in a transaction of the framework's, begun."""
    hear_what_was_sent()
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    # The driver begins a transaction at the first word it says itself.
    if not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        raw.pgconn.exec_(b"BEGIN")
    return raw


@contextmanager
def may_go_on() -> Iterator[None]:
    """Whoever says so hears what was sent before anything else speaks on the connection: ``hear_what_was_sent``."""
    _here.goes_on = True
    try:
        yield
    finally:
        _here.goes_on = False


def hear_what_was_sent() -> None:
    """Wait for what this thread's connection still has to say. Raises nothing: it is only written to the log."""
    raw = connection.connection
    if raw is None or raw not in _unheard:
        return
    _unheard.discard(raw)
    while (result := raw.pgconn.get_result()) is not None:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            log.error("scrittura non attesa e non riuscita: %s", error_from_result(result))
