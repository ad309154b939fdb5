"""The floor of ``load_100k``: the very rows the load wrote, as ready text, by plain COPY.

The same tables, indexes and constraints in a fresh clone on the same server, one transaction.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from bench.template import ENTE

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Dumped:
    """One table's rows in a file of COPY text."""

    table: str
    columns: tuple[str, ...]
    rows: int
    path: Path


def dump_written(url: str, pristine_url: str, folder: Path) -> list[Dumped]:
    """Every table of the Ente that the load filled and that is empty in the template."""
    with psycopg.connect(pristine_url) as pristine, psycopg.connect(url) as loaded:
        tables = [t for t in _tables(loaded) if not _count(pristine, t) and _count(loaded, t)]
        return [_dump(loaded, table, folder) for table in tables]


def copy_back(url: str, dumped: list[Dumped]) -> float:
    """Seconds to COPY it all into a clone of the template, commit included."""
    with psycopg.connect(url) as connection:
        start = time.perf_counter()
        with connection.cursor() as cursor:
            for one in dumped:
                _copy(cursor, one)
        connection.commit()
        return time.perf_counter() - start


def _copy(cursor: psycopg.Cursor, one: Dumped) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(_name(one.table), _columns(one.columns))
    with one.path.open("rb") as text, cursor.copy(statement) as copy:
        while block := text.read(_BLOCK):
            copy.write(block)


def _dump(connection: psycopg.Connection, table: str, folder: Path) -> Dumped:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position", [ENTE, table],
    )  # fmt: skip
    columns = tuple(row[0] for row in found)
    path = folder / f"{table}.copy"
    # In key order, as they were written.
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT").format(
        _columns(columns), _name(table)
    )
    with path.open("wb") as text, connection.cursor().copy(statement) as copy:
        for block in copy:
            text.write(block)
    return Dumped(table, columns, _count(connection, table), path)


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'django_migrations'"
        " ORDER BY tablename", [ENTE],
    )  # fmt: skip
    return [row[0] for row in rows]


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(_name(table))).fetchone()
    assert row is not None
    return int(row[0])


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(ENTE, table)


def _columns(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
