"""One statement, prepared once on each connection and run straight through libpq: for what the Node asks all day.

The statement names the schema itself: no search_path to set, no plan to make, no transaction to open, no driver above
libpq; outside a transaction it is one round trip and its own commit. A pooler in transaction mode must keep prepared
statements (PgBouncer 1.21 or later, ``max_prepared_statements``).
"""

import re
import threading
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql
from psycopg.errors import IntegrityError, LockNotAvailable, QueryCanceled, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

Given = Mapping[str, str | bytes | None]
Row = list[bytes | None] | None
_NAMED = re.compile(r"%\((\w+)\)s")
# What the server has said of the statement itself: asking again would change nothing.
_ITS_WORD = (IntegrityError, LockNotAvailable, QueryCanceled)
_PREPARED = "paybox_prepared"  # kept on each connection: the names of the statements prepared there
_here = threading.local()


class Statement:
    """``text`` names its parameters as psycopg does, ``%(name)s`` with a cast, and the Ente's tables ``{schema}.name``."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.names = tuple(dict.fromkeys(_NAMED.findall(text)))
        places = {given: f"${place}" for place, given in enumerate(self.names, start=1)}
        self._text = _NAMED.sub(lambda found: places[found[1]], text).replace("%%", "%")

    def fetch(self, schema: str, given: Given) -> Row:
        """The first row as PostgreSQL writes it, or None. Texts go as they are, bytes in binary (``bytea``).

        A connection that has died since the last question is opened again, once. Raises psycopg.Error.
        """
        return self.ask(schema, given).row()

    def ask(self, schema: str, given: Given) -> "Asked":
        """Send the question and go on; what else is said on this connection hears its answer first. Raises nothing:
        ``row`` of what is given back has the answer of ``fetch``.
        """
        asked = Asked(self, schema, given)
        asked.send()
        return asked

    def send_on(self, raw: "psycopg.Connection[Any]", schema: str, given: Given) -> None:
        """Raises psycopg.Error."""
        raw.pgconn.send_query_prepared(self._prepare(raw, schema), *self._values(given))
        while raw.pgconn.flush():
            pass

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
        names: set[bytes] = vars(raw).setdefault(_PREPARED, set())
        if full_name not in names:
            result = raw.pgconn.prepare(full_name, self._of(schema))
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)
            names.add(full_name)
        return full_name

    def _of(self, schema: str) -> bytes:
        name = sql.Identifier(schema).as_string(None)
        return self._text.replace("{schema}", name).encode()


class Asked:
    """A question under way."""

    __slots__ = ("_error", "_given", "_raw", "_row", "_schema", "_statement")

    def __init__(self, statement: Statement, schema: str, given: Given) -> None:
        self._statement, self._schema, self._given = statement, schema, given
        self._raw: psycopg.Connection[Any] | None = None  # while its answer is not heard
        self._row: Row = None
        self._error: psycopg.Error | None = None

    def send(self) -> None:
        try:
            raw = _ready()
            self._statement.send_on(raw, self._schema, self._given)
        except psycopg.Error as error:
            self._error = error
            return
        self._raw, _here.asked = raw, self

    def hear(self) -> None:
        """Wait for the answer and keep it. Raises nothing."""
        if self._raw is None:
            return
        pgconn, self._raw, _here.asked = self._raw.pgconn, None, None
        try:
            result = pgconn.get_result()
            while pgconn.get_result() is not None:
                pass
            self._row = _first_row(result)
        except psycopg.Error as error:
            self._error = error

    def row(self) -> Row:
        """As ``Statement.fetch``."""
        self.hear()
        if self._error is None:
            return self._row
        if isinstance(self._error, _ITS_WORD) or _django().in_atomic_block:
            raise self._error
        _django().close()
        self._error = None
        self.send()
        self.hear()
        if self._error is not None:
            raise self._error
        return self._row


def hear_what_was_asked() -> None:
    """Before anything else speaks on this thread's connection."""
    asked: Asked | None = getattr(_here, "asked", None)
    if asked is not None:
        asked.hear()


def _first_row(result: "PGresult | None") -> Row:
    if result is None or result.status != ExecStatus.TUPLES_OK:
        raise error_from_result(result) if result else psycopg.OperationalError("nessuna risposta")
    if not result.ntuples:
        return None
    return [result.get_value(0, column) for column in range(result.nfields)]


def _django() -> Any:
    """This thread's connection as Django keeps it, with one question to its proxy."""
    return connections[DEFAULT_DB_ALIAS]


def _ready() -> "psycopg.Connection[Any]":
    """The connection, with nothing unheard on it and, in a transaction of the framework's, begun."""
    hear_what_was_asked()
    django = _django()
    if django.connection is None:
        django.ensure_connection()
    raw: psycopg.Connection[Any] = django.connection
    # The driver begins a transaction at the first word it says itself.
    if not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        raw.pgconn.exec_(b"BEGIN")
    return raw
