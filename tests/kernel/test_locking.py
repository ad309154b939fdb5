"""Locks: only inside a transaction, always in the same order, and really held."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from billing.models import Service
from paybox.kernel.locking import (
    LockOutsideTransaction,
    RowNotFound,
    lock_row,
    lock_rows,
    share_row,
)


def test_a_lock_outside_a_transaction_is_refused(own_borgo: str) -> None:
    with pytest.raises(LockOutsideTransaction):
        lock_rows(Service, [1])


def test_a_row_that_is_not_there_is_told(borgo: Any) -> None:
    with pytest.raises(RowNotFound, match=r"billing\.Service 999999"):
        lock_row(Service, 999_999)


def test_keys_are_locked_in_order_whatever_the_order_asked(borgo: Any) -> None:
    keys = list(Service.objects.order_by("pk").values_list("pk", flat=True))
    assert len(keys) > 1
    with CaptureQueriesContext(connection) as queries:
        rows = lock_rows(Service, reversed(keys))
    assert [row.pk for row in rows] == keys
    assert "ORDER BY" in queries[0]["sql"]
    assert "FOR UPDATE" in queries[0]["sql"]


def test_who_comes_second_waits_or_is_told(own_borgo: str) -> None:
    key = Service.objects.order_by("pk").values_list("pk", flat=True)[0]
    outcome: list[type[Exception] | None] = []
    with transaction.atomic():
        lock_row(Service, key)
        second = threading.Thread(target=_try_to_lock, args=(key, outcome))
        second.start()
        second.join(timeout=20)
    assert outcome == [OperationalError]
    free = threading.Thread(target=_try_to_lock, args=(key, outcome))
    free.start()
    free.join(timeout=20)
    assert outcome == [OperationalError, None]


def _try_to_lock(
    key: int, outcome: list[type[Exception] | None], take: Callable[..., Service] = lock_row
) -> None:
    try:
        with schema_context("borgo"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            take(Service, key)
        outcome.append(None)
    except OperationalError as error:
        outcome.append(type(error))
    finally:
        connections.close_all()


def test_a_shared_row_is_shared_and_nobody_changes_it(own_borgo: str) -> None:
    key = Service.objects.order_by("pk").values_list("pk", flat=True)[0]
    outcome: list[type[Exception] | None] = []
    with pytest.raises(LockOutsideTransaction):
        share_row(Service, key)
    with transaction.atomic():
        assert share_row(Service, key).pk == key
        for take in (share_row, lock_row):
            other = threading.Thread(target=_try_to_lock, args=(key, outcome, take))
            other.start()
            other.join(timeout=20)
    assert outcome == [None, OperationalError]
    with transaction.atomic(), pytest.raises(RowNotFound):
        share_row(Service, 999_999)
