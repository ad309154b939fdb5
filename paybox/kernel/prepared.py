"""One statement, prepared once on each connection and run straight through libpq: for what the Node asks all day.

The statement names the schema itself: no search_path to set, no plan to make, no transaction to open, no driver above
libpq; outside a transaction it is one round trip and its own commit. A pooler in transaction mode must keep prepared
statements (PgBouncer 1.21 or later, ``max_prepared_statements``).
"""

import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.errors import IntegrityError, LockNotAvailable, QueryCanceled, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

Given = Mapping[str, str | bytes | None]
_NAMED = re.compile(r"%\((\w+)\)s")
# What the server has said of the statement itself: asking again would change nothing.
_ITS_WORD = (IntegrityError, LockNotAvailable, QueryCanceled)
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

    def _fetch(self, schema: str, given: Given) -> list[bytes | None] | None:
        connection.ensure_connection()
        raw: psycopg.Connection[Any] = connection.connection
        _begin_if_asked(raw)
        values = [given[name] for name in self.names]
        result = raw.pgconn.exec_prepared(
            self._prepare(raw, schema),
            [value.encode() if isinstance(value, str) else value for value in values],  # type: ignore[misc]  # NULL is None
            [isinstance(value, bytes) for value in values],
        )
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)
        if not result.ntuples:
            return None
        return [result.get_value(0, column) for column in range(result.nfields)]

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


def _begin_if_asked(raw: "psycopg.Connection[Any]") -> None:
    """In a transaction of the framework's that has said nothing yet: the driver begins it at the first word."""
    if not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        raw.pgconn.exec_(b"BEGIN")
