"""Connections to a mail server kept from one message to the next, one for each thread.

Before: ``email`` while many messages are to leave.  After: the same server, without greeting it each time.
"""

import contextlib
import threading
from dataclasses import dataclass
from typing import Any

from dunning.channels.protocol import Rejected, SendOutcome, Uncertain

MOST = 100  # servers close what carries too many
_WORN_OUT = ("COLLEGAMENTO", "421")  # closed while it waited: nothing was said of the message


@dataclass(slots=True)
class _Line:
    connection: Any
    carried: int = 1


class KeptLines:
    """Open connections of Django's mail backends."""

    def __init__(self) -> None:
        self._mine = threading.local()
        self._open: list[Any] = []

    def take(self) -> Any | None:
        """This thread's connection, or None when it has none that is good for one more message."""
        line: _Line | None = getattr(self._mine, "line", None)
        if line is None:
            return None
        if line.carried >= MOST:
            self.drop()
            return None
        line.carried += 1
        return line.connection

    def keep(self, connection: Any) -> None:
        self._mine.line = _Line(connection)
        self._open.append(connection)

    def drop(self) -> None:
        """Close this thread's connection."""
        line, self._mine.line = self._mine.line, None
        self._open.remove(line.connection)
        leave(line.connection)

    def close(self) -> None:
        for connection in self._open:
            leave(connection)
        self._open.clear()


def leave(connection: Any) -> None:
    """A rude goodbye changes nothing of what was answered."""
    with contextlib.suppress(OSError):
        connection.close()


def is_worn_out(outcome: SendOutcome) -> bool:
    """The message certainly did not leave, and another connection may carry it."""
    return isinstance(outcome, Rejected) and outcome.code in _WORN_OUT


def is_good_after(outcome: SendOutcome) -> bool:
    return not isinstance(outcome, Uncertain) and not is_worn_out(outcome)
