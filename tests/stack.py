"""The whole product on free ports and a database of its own: what journeys and browser tests stand on."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from paybox.demo.far_ends import FarEnds
from paybox.demo.stack import Ports, stack_environment, stack_processes
from paybox.embedded.child import ProcessSpec
from paybox.supervisor import Supervisor
from tests.plugin import app_url, fresh_database, owner_url


@dataclass(frozen=True, slots=True)
class Stack:
    """A running installation. ``database`` is its name; ``ports`` and ``far`` where it answers."""

    database: str
    ports: Ports
    far: FarEnds
    var_dir: Path
    supervisor: Supervisor

    def url(self, schema: str, path: str = "/") -> str:
        return f"http://{schema}.localhost:{self.ports.web}{path}"


@contextmanager
def running_stack(
    *, redis_url: str = "", given: Mapping[str, str] | None = None
) -> Iterator[Stack]:
    """Start everything, wait until it serves, stop everything. ``redis_url`` of a broker of its own; ``given`` variables."""
    broker = redis_url or os.environ["REDIS_URL"]
    ports = Ports.free()
    with (
        fresh_database("stack") as name,
        tempfile.TemporaryDirectory(prefix="paybox-stack-") as folder,
    ):
        var_dir = Path(folder)
        redis.Redis.from_url(broker).flushdb()
        known = {
            "DATABASE_URL": app_url(name),
            "DATABASE_OWNER_URL": owner_url(name),
            "REDIS_URL": broker,
            "PAYBOX_ENV": "development",
            **(given or {}),
        }
        specs = [
            ProcessSpec(spec.name, spec.argv, {**spec.env, **known}, spec.ready)
            for spec in stack_processes(ports, var_dir)
        ]
        with Supervisor(specs, log_dir=var_dir / "log") as supervisor:
            supervisor.start_all()
            supervisor.wait_ready(seconds=90)
            yield Stack(name, ports, FarEnds(ports), var_dir, supervisor)


__all__ = ["Stack", "running_stack", "stack_environment"]
