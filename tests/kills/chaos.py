"""What is killed, and when: drawn from a seed, in the order of the work done, never by the clock."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from celery import Celery
from django.core.cache.backends.redis import RedisCache
from django.db import Error, connection
from django.db.models import Q
from django.utils import timezone

from paybox.embedded.postgres import start_postgres
from paybox.embedded.redis import RedisServer, start_redis
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import BELL
from tests.stack import Stack

LONG_AGO = timedelta(minutes=2)


@dataclass
class Chaos:
    """Kills the parts of one running stack. ``broker``: the folder of its own Redis; ``database`` of its own PostgreSQL."""

    stack: Stack
    chance: Random
    redis: RedisServer
    broker: Path
    database: Path | None = None
    log: list[str] = field(default_factory=list)
    ahead: timedelta = timedelta()
    held: int = 0  # pieces of work that a killed worker had in hand

    def kill(self, victim: str, done: int) -> None:
        getattr(self, f"_{victim}")()
        self.log.append(f"{victim}@{done}")

    def kills_of(self, *victims: str) -> int:
        return sum(entry.partition("@")[0] in victims for entry in self.log)

    def nudge(self) -> None:
        """The minutes that the work would wait: whatever nobody has in hand is due now, and its bell rings."""
        waiting = OutboxEntry.objects.filter(done_at=None, failed_at=None, leased_until=None)
        waiting.filter(next_at__gt=timezone.now()).update(next_at=timezone.now())
        bells = self._bells()
        with suppress(Exception):  # the broker may be dead just now: the next nudge rings
            for key, queue in waiting.order_by("-pk").values_list("pk", "queue")[:20]:
                bells.send_task(BELL, kwargs={"schema": "borgo", "entry_id": key}, queue=queue)
        bells.close()

    def _bells(self) -> Celery:
        """On the broker of the story; this process keeps its own application for the tests that come after."""
        return Celery(broker=self.redis.url, set_as_current=False)

    def rouse(self, task: str) -> None:
        """A task of the clock's, before its hour."""
        bells = self._bells()
        with suppress(Exception):
            bells.send_task(task, queue="default", expires=30)
        bells.close()

    def move_clock(self, by: timedelta) -> None:
        """Of the stack, not of the test; never back, whoever asks last."""
        self.ahead = max(self.ahead, by)
        known = RedisCache(self.redis.url, {"KEY_PREFIX": "paybox-platform"})
        known.set("clock-offset-seconds", self.ahead.total_seconds(), None)

    def _worker(self) -> None:
        self._end("worker")
        left = OutboxEntry.objects.filter(done_at=None, leased_until__gt=timezone.now())
        self.held += left.count()
        left.update(leased_until=timezone.now() - LONG_AGO)  # as if it had happened minutes ago
        freed = OutboxEntry.objects.filter(~Q(leased_until=None), done_at=None)
        freed.update(leased_until=None)

    def _web(self) -> None:
        self._end("web")

    def _redis(self) -> None:
        os.kill(self.redis.pid, signal.SIGKILL)
        time.sleep(self.chance.uniform(0.1, 1.5))  # how long it is away
        self.redis = start_redis(self.broker)

    def _postgres(self) -> None:
        assert self.database is not None
        connection.close()
        server = start_postgres(self.database)
        os.kill(server.pid, signal.SIGKILL)
        time.sleep(self.chance.uniform(0.1, 1.5))
        start_postgres(self.database)

    def _end(self, name: str) -> None:
        pid = self.stack.supervisor.pid_of(name)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def drawn(chance: Random, victims: Sequence[str], total: int) -> list[tuple[int, str]]:
    """(after how many pieces of work, who dies), in order."""
    return sorted((chance.randint(total // 20, total * 19 // 20), victim) for victim in victims)


Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer], *, seconds: float = 60) -> Answer:
    """Ask the database again while it is being restarted."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except Error:
            if time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.1)
