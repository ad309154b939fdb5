"""Files and process of one local PostgreSQL cluster: made, started, recognised, shut down."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import conninfo

from paybox.embedded.os_user import ServerUser, place_of, reachable_home, server_user
from paybox.embedded.passwords import passwords_of, write_private
from paybox.embedded.postgres_binaries import choose_binaries, runnable_by
from paybox.embedded.processes import (
    CannotStart,
    command_line,
    free_port,
    is_running,
    spawn,
    tail,
    wait_until,
)
from paybox.embedded.roles import DATABASE, is_complete, make_roles_and_database

START_SECONDS = 60.0
STOP_SECONDS = 60.0
ATTEMPTS = 5
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    # One schema per Ente: dropping or dumping some of them takes thousands of locks.
    "max_locks_per_transaction": "1024",
}
if sys.platform == "linux":
    # After a crash, one syncfs instead of an fsync for each of some hundred thousand files.
    SETTINGS["recovery_init_sync_method"] = "syncfs"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where things are: ``home`` as asked for, ``place`` where the server's user can reach it."""

    home: Path
    place: Path
    user: ServerUser
    passwords: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, home: Path) -> "Cluster":
        user = server_user(place_of(home) / "data")
        place = reachable_home(home, user)
        return cls(home, place, user, passwords_of(place, "admin", "owner", "app"))

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def url(self, role: str, password: str, port: int) -> str:
        return f"postgresql://{role}:{self.passwords[password]}@127.0.0.1:{port}/{DATABASE}"

    def admin(self, port: int) -> str:
        return conninfo.make_conninfo(
            host="127.0.0.1",
            port=port,
            user="postgres",
            password=self.passwords["admin"],
            connect_timeout=3,
        )

    def running(self) -> tuple[int, int] | None:
        """(pid, port) of a server that answers for this very data folder, or None.

        One that is just starting, recovering or shutting down is waited for.
        """
        found = self._pid_file()
        if found is None or not self._is_ours(found[0]):
            return None
        pid, port = found
        wait_until(
            lambda: self.answers(port) or not is_running(pid), seconds=START_SECONDS, every=0.1
        )
        return found if is_running(pid) else None

    def _pid_file(self) -> tuple[int, int] | None:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), int(lines[3])
        except (OSError, IndexError, ValueError):
            return None

    def _is_ours(self, pid: int) -> bool:
        if not is_running(pid):
            return False
        words = command_line(pid)
        return words is None or str(self.data) in words

    def answers(self, port: int) -> bool:
        try:
            with psycopg.connect(self.admin(port), dbname="postgres") as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.Error:
            return False
        return row is not None and row[0] == str(self.data)

    def start(self, settings: Mapping[str, str]) -> tuple[int, int]:
        binaries = runnable_by(self.user, choose_binaries(self.data), self.place)
        if not self.data.exists():
            self._initialise(binaries)
        self._drop_recycled_pid_file()
        for _ in range(ATTEMPTS):
            port = free_port(self._last_port())
            pid = spawn(
                [
                    str(binaries / "postgres"),
                    "-D",
                    str(self.data),
                    *_flags({**SETTINGS, **settings}, port),
                ],
                env=_environment(),
                log=self.log,
                user=self.user,
            )
            if self._wait_for(pid, port):
                (self.place / "port").write_text(str(port))
                return pid, port
        raise CannotStart(f"PostgreSQL non si avvia. Ultime righe di {self.log}:\n{tail(self.log)}")

    def complete(self, port: int) -> None:
        """Make roles and database when they are not all there (first start, or one cut short)."""
        if not is_complete(self.admin(port)):
            make_roles_and_database(admin_conninfo=self.admin(port), passwords=self.passwords)

    def _wait_for(self, pid: int, port: int) -> bool:
        wait_until(lambda: self.answers(port) or not is_running(pid), seconds=START_SECONDS)
        if not is_running(pid):
            return False
        if not self.answers(port):
            os.kill(pid, signal.SIGQUIT)
            raise CannotStart(f"PostgreSQL non risponde dopo {START_SECONDS:.0f} s: {self.log}")
        return True

    def _last_port(self) -> int | None:
        remembered = self.place / "port"
        return int(remembered.read_text()) if remembered.exists() else None

    def _initialise(self, binaries: Path) -> None:
        part, secret = self.place / "data.part", self.place / "initial-password"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        write_private(secret, self.passwords["admin"])
        for path in (part, secret):
            self.user.own(path)
        try:
            _initdb(binaries, part, secret, self.user)
        finally:
            secret.unlink()
        part.rename(self.data)

    def _drop_recycled_pid_file(self) -> None:
        """After a reboot another program may have the dead server's pid: PostgreSQL would refuse.

        A pid file whose process is gone is left alone: from it PostgreSQL itself checks that no
        orphan still writes to the data.
        """
        found = self._pid_file()
        if found is not None and is_running(found[0]) and not self._is_ours(found[0]):
            (self.data / "postmaster.pid").unlink()

    def shut_down(self) -> None:
        found = self._pid_file()
        if found is None or not self._is_ours(found[0]):
            return
        for order in (signal.SIGINT, signal.SIGQUIT):
            os.kill(found[0], order)
            if wait_until(lambda: not is_running(found[0]), seconds=STOP_SECONDS):
                return


def _flags(settings: Mapping[str, str], port: int) -> list[str]:
    return [
        word
        for name, value in {**settings, "port": str(port)}.items()
        for word in ("-c", f"{name}={value}")
    ]


def _environment() -> dict[str, str]:
    """Almost nothing of ours: a secret in our environment is none of the server's business."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _initdb(binaries: Path, data: Path, secret: Path, user: ServerUser) -> None:
    command = [str(binaries / "initdb"), "-D", str(data), "-k", "--username=postgres"]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8"]
    done = subprocess.run(  # noqa: S603 - a binary we chose
        command,
        env=_environment(),
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
        user=user.uid,
        group=user.gid,
        extra_groups=user.extra_groups,
    )
    if done.returncode != 0:
        raise CannotStart(f"PostgreSQL: la creazione dei dati è fallita.\n{done.stderr.strip()}")
