"""Many rows at once: identifiers reserved in one call, rows sent by COPY. Only services use it."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """``count`` new primary keys of one table, in one statement."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH one AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)"
            " SELECT nextval(one.sequence) FROM one, generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def fresh_uuids(count: int) -> Iterator[str]:
    """``count`` random UUIDs (version 4) as text, from one read of the system's randomness."""
    noise = os.urandom(16 * count).hex()
    for start in range(0, 32 * count, 32):
        h = noise[start : start + 32]
        variant = "89ab"[int(h[16], 16) & 3]
        yield f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{variant}{h[17:20]}-{h[20:]}"


def copy_new(objects: Sequence[models.Model]) -> None:
    """Write new objects of one model by COPY and give each its id. Not for models with JSON columns."""
    if not objects:
        return
    model = type(objects[0])
    fields = model._meta.concrete_fields
    for one, key in zip(objects, reserve_ids(model, len(objects)), strict=True):
        one.pk = key
    rows = ([getattr(one, field.attname) for field in fields] for one in objects)
    copy_rows(model, [str(field.column) for field in fields], rows)


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY rows into the model's table of the current Ente. JSON columns are given as text."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
