"""Positions that took the place of others: litigation withdraws a credit and opens it anew, sometimes more than once."""

from collections.abc import Collection

from django.db import connection

# One row for each position asked about that was replaced: the last of its line.
_HEIRS = """
WITH RECURSIVE line (old, id) AS (
    SELECT replaces_id, id FROM billing_position WHERE replaces_id = ANY(%s)
    UNION ALL
    SELECT line.old, p.id FROM line JOIN billing_position p ON p.replaces_id = line.id
)
SELECT old, max(id) FROM line GROUP BY old
"""
# The positions that the named ones took the place of, however long ago.
_FOREBEARS = """
WITH RECURSIVE line (id) AS (
    SELECT replaces_id FROM billing_position WHERE id = ANY(%s) AND replaces_id IS NOT NULL
    UNION ALL
    SELECT p.replaces_id FROM line JOIN billing_position p ON p.id = line.id WHERE p.replaces_id IS NOT NULL
)
SELECT id FROM line
"""


def heirs_of(position_ids: Collection[int]) -> dict[int, int]:
    """By replaced position, the one that is owed in its place today; those never replaced are not there."""
    if not position_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_HEIRS, [list(position_ids)])
        return dict(cursor.fetchall())


def forebears_of(position_ids: Collection[int]) -> list[int]:
    """Every position that these took the place of, directly or through others."""
    if not position_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FOREBEARS, [list(position_ids)])
        return [row[0] for row in cursor.fetchall()]
