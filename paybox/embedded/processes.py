"""Operating-system processes as the embedded services see them: spawn, look, wait, read the log."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from paybox.embedded.os_user import ServerUser
from paybox.kernel.problems import Refused

LOG_BYTES_KEPT = 10 * 1024 * 1024
_spawned: dict[int, subprocess.Popen[bytes]] = {}


class CannotStart(Refused):
    """A local service could not be started; the message says what to do about it."""


def spawn(
    argv: Sequence[str], *, env: Mapping[str, str], log: Path, user: ServerUser | None = None
) -> int:
    """Start a server in a session of its own, so that Ctrl-C in the terminal does not reach it.

    Its output is appended to ``log``. Returns the process id.
    """
    rotate(log)
    user = user or ServerUser()
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - argv is ours, no shell
            argv,
            env=dict(env),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user.uid,
            group=user.gid,
            extra_groups=user.extra_groups,
        )
    _spawned[process.pid] = process
    return process.pid


def is_running(pid: int) -> bool:
    """True while ``pid`` runs. A zombie does not; our own children are reaped on the way."""
    if (child := _spawned.get(pid)) is not None:
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}


def command_line(pid: int) -> list[str] | None:
    """The arguments ``pid`` was started with; None where the system does not tell."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    return [os.fsdecode(word) for word in raw.split(b"\0") if word]


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Ask ``condition`` again and again; False when it is still not true after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def free_port(preferred: int | None = None) -> int:
    """A loopback TCP port nobody listens on: ``preferred`` when it is still free."""
    for port in (preferred or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotStart("Nessuna porta TCP libera su 127.0.0.1.")


def rotate(log: Path) -> None:
    """Keep one older copy of a log that has grown large."""
    if log.exists() and log.stat().st_size > LOG_BYTES_KEPT:
        log.replace(log.with_name(log.name + ".1"))


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
