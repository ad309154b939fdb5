"""Who is using a local server: the last one out turns off the light.

The kernel drops a dead process's locks, so a server left behind by a killed demo is taken over by
the next one that starts, and stopped by it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from paybox.embedded.processes import CannotStart


@contextmanager
def starting_or_stopping(home: Path) -> Iterator[None]:
    """Only one process at a time starts or stops the server of ``home``."""
    handle = _open(home / "start.lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@dataclass(slots=True)
class Lease:
    """A share in the server of one folder, held until given back or until the process dies."""

    home: Path
    _handle: int | None = field(default=None, repr=False)

    def take(self) -> "Lease":
        handle = _open(self.home / "in-use.lock")
        fcntl.flock(handle, fcntl.LOCK_SH)
        self._handle = handle
        return self

    def give_back(self) -> bool:
        """True when nobody else holds a share, so that the server may be stopped.

        False as well when this lease was already given back.
        """
        handle, self._handle = self._handle, None
        if handle is None:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_UN)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(handle)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise CannotStart(
            f"La cartella {path.parent} appartiene a un altro utente: "
            "avviare con lo stesso utente della prima volta, oppure rimuoverla."
        ) from error
