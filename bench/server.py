"""gunicorn as production runs it, one worker unless told, on a port of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground import ROOT

WORKER_CLASS = "paybox.web_worker.OverlappingWorker"


class ServerSilent(RuntimeError):
    """The server did not answer in time."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where it answers; ``pid`` is of the process that looks after the workers."""

    port: int
    pid: int

    def rss_mb(self) -> float:
        """Of the workers together, as they are now."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        statuses = [Path(f"/proc/{worker}/status").read_text() for worker in workers]
        return sum(int(status.split("VmRSS:")[1].split()[0]) for status in statuses) / 1024


@contextmanager
def served(application: str, environment: dict[str, str], *, workers: int = 1) -> Iterator[Server]:
    """``application`` by so many workers; the server is stopped afterwards."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as door:
        port: int = door.getsockname()[1]
        process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", application, "--bind", f"fd://{door.fileno()}",
                "--worker-class", WORKER_CLASS, "--workers", str(workers), "--log-level", "warning",
            ],
            env=environment, cwd=ROOT, pass_fds=[door.fileno()],
        )  # fmt: skip
    try:
        _await_answer(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _await_answer(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if client.recv(64).startswith(b"HTTP/1.1"):
                    return
        except OSError:
            time.sleep(0.05)
    raise ServerSilent("gunicorn non risponde")
