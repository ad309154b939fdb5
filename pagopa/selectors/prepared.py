"""One row by one prepared statement, straight through libpq: for the questions the Node asks all day.

The statement names the schema itself: no search_path to set, no plan to make, no driver above libpq. A pooler in
transaction mode must keep prepared statements (PgBouncer 1.21 or later, ``max_prepared_statements``).
"""

from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

# Connections of this process, with the names of the statements prepared on them.
_prepared: "WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]" = WeakKeyDictionary()


def fetch_one(
    statement: str, *, name: str, schema: str, parameter: str
) -> list[bytes | None] | None:
    """The columns of the first row as PostgreSQL writes them, or None; ``$1`` is the parameter.

    ``{schema}`` in the statement is the Ente's. A connection that has died since the last question is opened
    again, once. Raises psycopg.Error.
    """
    try:
        return _fetch(statement, name, schema, parameter)
    except psycopg.Error:
        if connection.in_atomic_block:
            raise
        connection.close()
        return _fetch(statement, name, schema, parameter)


def _fetch(statement: str, name: str, schema: str, parameter: str) -> list[bytes | None] | None:
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    result = raw.pgconn.exec_prepared(
        _prepare(raw, statement, f"paybox_{name}_{schema}".encode(), schema), [parameter.encode()]
    )
    if result.status != ExecStatus.TUPLES_OK:
        raise error_from_result(result)
    if not result.ntuples:
        return None
    return [result.get_value(0, column) for column in range(result.nfields)]


def _prepare(
    raw: "psycopg.Connection[Any]", statement: str, full_name: bytes, schema: str
) -> bytes:
    """The statement's name on this connection, prepared at its first use there."""
    names = _prepared.setdefault(raw, set())
    if full_name not in names:
        text = sql.SQL(statement).format(schema=sql.Identifier(schema)).as_bytes(None)
        result = raw.pgconn.prepare(full_name, text)
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
        names.add(full_name)
    return full_name
