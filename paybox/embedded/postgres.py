"""A real PostgreSQL of our own for the demo and the tests, from binaries, without a daemon manager.

Loopback only, SCRAM, a free port, a data folder of mode 0700 and passwords made for this cluster.
Several processes may use the same one: it starts with the first and stops with the last.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paybox.embedded.lease import Lease, starting_or_stopping
from paybox.embedded.postgres_cluster import Cluster
from paybox.embedded.roles import APP, OWNER


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server and our share in it."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)
    port: int
    pid: int
    _cluster: Cluster = field(repr=False)
    _lease: Lease = field(repr=False)

    def stop(self) -> None:
        """Give our share back; the last one shuts the server down (fast, no committed row lost)."""
        with starting_or_stopping(self._cluster.home):
            if self._lease.give_back():
                self._cluster.shut_down()


def start_postgres(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> PostgresServer:
    """The server of ``data_dir``: joined when it runs, started (and recovered) when it does not.

    ``settings`` are further server parameters, used only when this call starts it.
    Raises CannotStart.
    """
    home = data_dir.absolute()
    home.mkdir(parents=True, exist_ok=True)
    with starting_or_stopping(home):
        cluster = Cluster.of(home)
        pid, port = cluster.running() or cluster.start(settings or {})
        cluster.complete(port)
        lease = Lease(home).take()
    return PostgresServer(
        owner_url=cluster.url(OWNER, "owner", port),
        app_url=cluster.url(APP, "app", port),
        port=port,
        pid=pid,
        _cluster=cluster,
        _lease=lease,
    )


def remove_postgres(data_dir: Path) -> None:
    """Stop the server of ``data_dir`` whoever uses it, and delete its data and passwords."""
    home = data_dir.absolute()
    if not home.exists():
        return
    with starting_or_stopping(home):
        cluster = Cluster.of(home)
        cluster.shut_down()
        shutil.rmtree(cluster.place, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
