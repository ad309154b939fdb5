"""A body with a million positions: some loaded as the product does, copied by the server itself until they are enough.

What the copies leave out (their ledger, their people) is not asked for by a question of the Node.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql

from bench.ground import Ground
from bench.load_100k import write_csv
from bench.template import ENTE

DATABASE = "bench_million"
LOADED = 20_000
_TABLES = ("billing_position", "billing_instalment")
# Of each copied column what the copy has instead; ``turn`` counts the copies.
_INSTEAD = {
    "billing_position": {
        "id": "id + {step} * turn",
        "uuid": "gen_random_uuid()",
        "reference": "reference || '/' || turn",
    },
    "billing_instalment": {
        "id": "id + {step} * turn",
        "position_id": "position_id + {step} * turn",
        "iuv": "'01' || lpad((id + {step} * turn)::text, 15, '9')",
        "notice_number": "'301' || lpad((id + {step} * turn)::text, 15, '9')",
    },
}
_COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s
ORDER BY ordinal_position
"""
_BESIDE = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint
WHERE contype = 'f' AND conrelid = %(table)s::regclass
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass) FROM pg_index
WHERE indrelid = %(table)s::regclass AND NOT indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_INDEXES = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %(table)s::regclass AND NOT indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_STEP = 1_000_000
_made: dict[Path, int] = {}


def million(ground: Ground, size: int) -> str:
    """The database with ``size`` positions, made at the first call of a run and left for the next rows."""
    if _made.get(ground.var) != size:
        with TemporaryDirectory(dir=ground.var) as folder, ground.clone("bench_few") as few:
            file = write_csv(Path(folder) / "ruolo.csv", min(size, LOADED))
            ground.run("bench.loading", str(file), database=few)
            ground.keep(DATABASE, template=few)
        _multiply(ground.owner_url(DATABASE), -(-size // LOADED) - 1)
        _made[ground.var] = size
    return DATABASE


def _multiply(url: str, copies: int) -> None:
    """Foreign keys and indexes beside are taken off meanwhile: building them at the end is many times faster."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(ENTE)))
        connection.execute("SET maintenance_work_mem = '512MB'")
        for table in _TABLES if copies else ():
            _copy(connection, table, copies)
        connection.execute("VACUUM ANALYZE")


def _copy(connection: "psycopg.Connection[tuple[object, ...]]", table: str, copies: int) -> None:
    indexes = connection.execute(_INDEXES, {"table": table}).fetchall()
    for (order,) in connection.execute(_BESIDE, {"table": table}).fetchall():
        connection.execute(str(order))
    names = [str(name) for (name,) in connection.execute(_COLUMNS, [ENTE, table])]
    values = [_INSTEAD[table].get(name, name).replace("{step}", str(_STEP)) for name in names]
    connection.execute(
        sql.SQL(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}, generate_series(1, {}) AS turn"
        ).format(
            sql.Identifier(table),
            sql.SQL(",").join(map(sql.Identifier, names)),
            sql.SQL(",").join(sql.SQL(value) for value in values),
            sql.Identifier(table),
            sql.Literal(copies),
        )
    )
    for (order,) in indexes:
        connection.execute(str(order))
