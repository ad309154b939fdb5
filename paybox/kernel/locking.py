"""The one way to lock rows: inside a transaction, in key order, so that two services never wait for each other."""

from collections.abc import Iterable
from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


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
    if not connection.in_atomic_block:
        raise LockOutsideTransaction("lock_name va chiamata dentro una transazione")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || %s, 0))",
            [name],
        )


def lock_row(model: type[Row], key: int) -> Row:
    """Lock exactly one row. Raises RowNotFound."""
    found = lock_rows(model, [key])
    if not found:
        raise RowNotFound(f"{model._meta.label} {key}")
    return found[0]
