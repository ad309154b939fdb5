"""Work that leaves a transaction: a row in the outbox is the truth, the Celery message is only the bell.

A bell that is lost is rung again by the sweeper; a bell rung twice finds the row taken or done. A task without a
known Ente raises: nothing ever runs in ``public`` by mistake. Times here are real ones, never the demo's moved clock.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.core.cache import caches
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, get_tenant_model, schema_context

from paybox.kernel.given_up import tell_follower
from paybox.kernel.models import OutboxEntry
from paybox.kernel.problems import Refused
from paybox.kernel.schema import schema_in_force

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
LONG_QUEUES = frozenset({"documents"})
LONG_SECONDS = 6 * 3600
MAX_ATTEMPTS = 8
PATIENCE = timedelta(seconds=20)  # a bell just rung is not rung again
RUNG_SECONDS = (
    300  # one rung by the sweeper neither: behind a long queue it has only not been heard yet
)
_registry: dict[str, Callable[..., None]] = {}
BELL = "paybox.ring"


class NoEnte(RuntimeError):
    """Work was asked for without a known Ente; it must not run in ``public``."""


class RetryLater(Refused):
    """The other side is not there now; the work stays in the outbox and is tried again."""


def queued(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as work that the outbox may name. Keyword arguments, JSON values only."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if name in _registry and _registry[name] is not function:
            raise RuntimeError(f"due lavori con lo stesso nome: {name}")
        _registry[name] = function
        return function

    return register


def enqueue(
    name: str, *, queue: str = "default", after: datetime | None = None, **arguments: Any
) -> OutboxEntry:
    """Write the work in the outbox of the current Ente and ring after commit. Raises NoEnte, KeyError."""
    schema = current_schema()
    if name not in _registry:
        raise KeyError(f"lavoro sconosciuto: {name}")
    at = timezone.now()
    entry = OutboxEntry.objects.create(
        task=name, queue=queue, arguments=arguments, created_at=at, next_at=after or at
    )
    transaction.on_commit(lambda: ring(schema=schema, entry_id=entry.pk, queue=queue))
    return entry


def current_schema() -> str:
    """The schema of the Ente at work. Raises NoEnte in ``public``."""
    schema = schema_in_force()
    if not schema or schema == get_public_schema_name():
        raise NoEnte("nessun Ente attivo")
    return schema


def ring(*, schema: str, entry_id: int, queue: str) -> None:
    """Tell a worker. A broker that does not answer loses nothing: the sweeper will find the row."""
    try:
        limit: dict[str, Any] = (
            {"time_limit": LONG_SECONDS, "soft_time_limit": None} if queue in LONG_QUEUES else {}
        )
        current_app.send_task(
            BELL, kwargs={"schema": schema, "entry_id": entry_id}, queue=queue, retry=False, **limit
        )
    except Exception:  # any broker trouble: the row is the truth
        log.warning("campanello non suonato per %s/%s", schema, entry_id)


def answer_bell(*, schema: str, entry_id: int) -> None:
    """Do one entry of one Ente. Raises NoEnte when the Ente is not known."""
    if schema == get_public_schema_name() or not _knows(schema):
        raise NoEnte(f"Ente sconosciuto: {schema}")
    with schema_context(schema):
        if schema_in_force() != schema:
            raise NoEnte(f"contesto non attivato: {schema}")
        _do(entry_id)


def ring_what_waits(*, at: datetime, limit: int = 500) -> int:
    """Sweeper, in the current Ente: ring again what has waited too long, up to ``limit`` works of each kind in turn.

    Thousands of one kind never make a single one of another wait. Returns how many.
    """
    schema = current_schema()
    turn = Window(RowNumber(), partition_by=F("task"), order_by=F("next_at").asc())
    late = OutboxEntry.objects.waiting(at=at - PATIENCE).annotate(turn=turn)
    waiting = _not_just_rung(schema, late.filter(turn__lte=limit).order_by("turn"))
    for entry in waiting:
        ring(schema=schema, entry_id=entry.pk, queue=entry.queue)
    return len(waiting)


def _not_just_rung(schema: str, late: Iterable[OutboxEntry]) -> list[OutboxEntry]:
    """What is rung is noted beside the bells, and is lost with them; each time somebody takes the work it counts anew."""
    keys = {f"rung/{schema}/{e.pk}/{e.attempts}/{e.created_at.timestamp()}": e for e in late}
    known = caches["platform"].get_many(keys)
    waiting = {key: entry for key, entry in keys.items() if key not in known}
    if waiting:
        caches["platform"].set_many(dict.fromkeys(waiting, 1), RUNG_SECONDS)
    return list(waiting.values())


def _knows(schema: str) -> bool:
    with schema_context(get_public_schema_name()):
        return bool(get_tenant_model().objects.filter(schema_name=schema).exists())


def _do(entry_id: int) -> None:
    at = timezone.now()
    free = OutboxEntry.objects.waiting(at=at).filter(pk=entry_id)
    if not free.update(leased_until=at + LEASE, attempts=F("attempts") + 1):
        return
    entry = OutboxEntry.objects.get(pk=entry_id)
    try:
        with _kept_lease(entry_id):
            _registry[entry.task](**entry.arguments)
    except RetryLater as later:
        _put_back(entry, later, at=timezone.now(), give_up=False)
    except Exception as error:
        _put_back(entry, error, at=timezone.now(), give_up=entry.attempts >= MAX_ATTEMPTS)
        raise
    else:
        done = {"done_at": timezone.now(), "leased_until": None, "last_error": ""}
        OutboxEntry.objects.filter(pk=entry_id).update(**done)


@contextmanager
def _kept_lease(entry_id: int) -> Iterator[None]:
    """While the work lives so does its lease; when the process dies, others wait a lease at most."""
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(current_schema(), entry_id, ended), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        ended.set()
        renewal.join()


def _renew(schema: str, entry_id: int, ended: threading.Event) -> None:
    """In a thread of its own: its connection is opened only when the work is long."""
    try:
        while not ended.wait(LEASE.total_seconds() / 3):
            with schema_context(schema):
                until = timezone.now() + LEASE
                OutboxEntry.objects.filter(pk=entry_id).update(leased_until=until)
    except DatabaseError:
        log.warning("lease di %s/%s non rinnovato", schema, entry_id)
    finally:
        connections.close_all()


def _put_back(entry: OutboxEntry, error: Exception, *, at: datetime, give_up: bool) -> None:
    """Wait ``15 s × (2^attempts − 1)``, half an hour at most; what is given up is left to a person."""
    seconds = 15 * (2 ** min(entry.attempts, 7) - 1)
    entry.leased_until = None
    entry.last_error = f"{type(error).__name__}: {error}"[:2000]
    entry.next_at = at + timedelta(seconds=min(seconds, 1800))
    entry.failed_at = at if give_up else None
    entry.save(update_fields=["leased_until", "last_error", "next_at", "failed_at"])
    if give_up:
        tell_follower(entry, given_up=True)
