"""What may be written a moment after the answer: many rows in one statement, by a thread beside the answers.

For notes on which no money and nobody's answer hangs. Only a process that serves lingers (``may_linger``): killed, it
forgets the notes of its last moment; stopped, it writes them first. Elsewhere, and inside a transaction, they are
written at once.
"""

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

log = logging.getLogger(__name__)

LINGER_SECONDS = 0.1
MOST = 10_000  # rows waiting while the database is away; then the oldest are lost
Row = TypeVar("Row")
_lingering = threading.Event()


def may_linger() -> None:
    """This process answers requests as long as it lives."""
    _lingering.set()


class Spool(Generic[Row]):
    """``write`` puts down many rows, on the connection of the thread that calls it."""

    def __init__(self, write: Callable[[list[Row]], None]) -> None:
        self._write = write
        self._rows: deque[Row] = deque(maxlen=MOST)
        self._ring = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, row: Row) -> None:
        """Raises nothing of the database's, but inside a transaction."""
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            self._write([row])
            return
        self._rows.append(row)
        if not _lingering.is_set():
            self.flush()
        elif not self._ring.is_set():
            self._awaken()

    def flush(self) -> None:
        """Write what waits. What cannot be written is only told to the log."""
        with self._one_at_a_time:
            rows = [self._rows.popleft() for _ in range(len(self._rows))]
            if not rows:
                return
            try:
                self._write(rows)
            except Exception:
                log.exception("%d annotazioni non scritte", len(rows))

    def _awaken(self) -> None:
        # A process made by fork has no thread yet.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
            self._thread.start()
            atexit.register(self.flush)
        self._ring.set()

    def _run(self) -> None:
        while True:
            self._ring.wait()
            time.sleep(LINGER_SECONDS)
            self._ring.clear()
            self.flush()
