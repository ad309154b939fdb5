"""The one way to lock rows: inside a transaction, in key order, so that two services never wait for each other."""

from collections.abc import Iterable
from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


_LOCK_NAMES = """
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(current_schema() || '/' || name, 0) AS key FROM unnest(%s::text[]) AS name
    ORDER BY key
) keys
"""


class LockOutsideTransaction(RuntimeError):
    """A lock that ends with its own statement protects nothing."""


class RowNotFound(ObjectDoesNotExist):
    """There is no row with that key."""


def lock_rows(model: type[Row], keys: Iterable[int]) -> list[Row]:
    """SELECT … FOR UPDATE by primary key, sorted. Raises LockOutsideTransaction."""
    if not connection.in_atomic_block:
        raise LockOutsideTransaction("lock_rows va chiamata dentro una transazione")
    manager: models.Manager[Row] = model._default_manager
    return list(manager.select_for_update().filter(pk__in=list(keys)).order_by("pk"))


def lock_name(name: str) -> None:
    """Hold a name of the current Ente until the transaction ends: for what has no row to lock yet.

    Raises LockOutsideTransaction.
    """
    lock_names([name])


def lock_names(names: Iterable[str]) -> None:
    """Hold many names, always in the same order, so that nobody waits for a circle. Raises LockOutsideTransaction."""
    if not connection.in_atomic_block:
        raise LockOutsideTransaction("lock_names va chiamata dentro una transazione")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_NAMES, [sorted(set(names))])


def lock_row(model: type[Row], key: int) -> Row:
    """Lock exactly one row. Raises RowNotFound."""
    found = lock_rows(model, [key])
    if not found:
        raise RowNotFound(f"{model._meta.label} {key}")
    return found[0]


def share_row(model: type[Row], key: int) -> Row:
    """The row as it is, and as it stays until the transaction ends: many may share it, who would change it waits.

    Raises LockOutsideTransaction, RowNotFound.
    """
    if not connection.in_atomic_block:
        raise LockOutsideTransaction("share_row va chiamata dentro una transazione")
    table = connection.ops.quote_name(model._meta.db_table)
    query = f"SELECT * FROM {table} WHERE id = %s FOR SHARE"  # noqa: S608 - the table of a model
    for found in model._default_manager.raw(query, [key]):
        return found
    raise RowNotFound(f"{model._meta.label} {key}")
